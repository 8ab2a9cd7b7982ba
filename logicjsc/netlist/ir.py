"""The intermediate representation between a model and a circuit.

**Signals** are numbered: the network's inputs first, then every node's output in the order of the
layers. A signal has a width in bits and a sign. A **code** is a signal's bit pattern read as an
unsigned integer (two's complement for signed signals).

Every node belongs to a layer of nodes of one shape, and every layer to a **stage**: the depth at
which its outputs exist (inputs are stage 0). Layers of one stage work side by side, so a pipeline
register fits between any two stages. A node reads signals of earlier stages only, any of them:
skip connections and trees need nothing special.

All arrays are made read-only; a netlist is never changed, passes build new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.codec import Decoder, Encoder

Array: TypeAlias = npt.NDArray[Any]

MAX_WIDTH: Final = 32
"""Widest signal, in bits."""

MAX_ADDRESS_BITS: Final = 24
"""Most address bits of one table (16 million rows)."""


def code_dtype(width: int) -> np.dtype[Any]:
    """The smallest unsigned integer type that holds codes of ``width`` bits."""
    for bits, dtype in ((8, np.uint8), (16, np.uint16)):
        if width <= bits:
            return np.dtype(dtype)
    return np.dtype(np.uint32)


@dataclass(frozen=True, eq=False)
class TableLayer:
    """Nodes that look their output up.

    Attributes:
        name: unique name of the layer.
        stage: depth of the outputs, 1 or more.
        inputs: signal ids, int32 ``[nodes, fan_in]``. The first input is the most significant
            part of the address. ``fan_in`` 0 makes constants.
        tables: output codes by address, unsigned ``[nodes, 2**address_bits]``.
        widths: output bits of each node, uint8 ``[nodes]``.
        signed: whether each output is two's complement, bool ``[nodes]``.
    """

    name: str
    stage: int
    inputs: Array
    tables: Array
    widths: Array
    signed: Array

    def __post_init__(self) -> None:
        _freeze(self, inputs=np.int32, widths=np.uint8, signed=np.bool_)
        object.__setattr__(self, "tables", np.asarray(self.tables))
        widest = int(self.widths.max(initial=0))
        largest = self.tables.max(initial=0)
        if self.tables.dtype.kind not in "iu" or self.tables.min(initial=0) < 0:
            raise NetlistError(f"layer {self.name!r}: tables must hold non-negative integer codes")
        if largest >= 1 << MAX_WIDTH:
            raise NetlistError(f"layer {self.name!r}: a table holds a code wider than {MAX_WIDTH}")
        dtype = max(code_dtype(widest), code_dtype(int(largest).bit_length()))
        object.__setattr__(self, "tables", _read_only(self.tables, dtype))

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.inputs.shape[0])

    @property
    def fan_in(self) -> int:
        """Signals read by each node."""
        return int(self.inputs.shape[1])

    @property
    def address_bits(self) -> int:
        """Address bits of each table."""
        return int(self.tables.shape[1]).bit_length() - 1


@dataclass(frozen=True, eq=False)
class SumLayer:
    """Nodes that add: ``offset + sum(+-(value << shift))`` over signed or unsigned inputs.

    The output is exact: ``widths`` and ``signed`` must cover the smallest and the largest sum.

    Attributes:
        name: unique name of the layer.
        stage: depth of the outputs, 1 or more.
        inputs: signal ids, int32 ``[nodes, fan_in]``.
        shifts: left shift of each input, uint8 ``[nodes, fan_in]``.
        negated: whether each input is subtracted, bool ``[nodes, fan_in]``.
        offsets: constant of each node, int64 ``[nodes]``.
        widths: output bits of each node, uint8 ``[nodes]``.
        signed: whether each output is two's complement, bool ``[nodes]``.
    """

    name: str
    stage: int
    inputs: Array
    shifts: Array
    negated: Array
    offsets: Array
    widths: Array
    signed: Array

    def __post_init__(self) -> None:
        _freeze(
            self,
            inputs=np.int32,
            shifts=np.uint8,
            negated=np.bool_,
            offsets=np.int64,
            widths=np.uint8,
            signed=np.bool_,
        )

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.inputs.shape[0])

    @property
    def fan_in(self) -> int:
        """Signals added by each node."""
        return int(self.inputs.shape[1])


Layer: TypeAlias = TableLayer | SumLayer


@dataclass(frozen=True, eq=False)
class Netlist:
    """A network of truth tables and sums. Validated on construction.

    Attributes:
        name: name of the network; the Verilog top module is named after it.
        input_names: one name per input signal.
        input_widths: bits of each input signal, uint8 ``[inputs]``.
        input_signed: whether each input is two's complement, bool ``[inputs]``.
        layers: table and sum layers, ordered by stage.
        outputs: signal ids of the network's outputs, int32 ``[outputs]``.
        encoder: turns raw features into input codes, if known.
        decoder: turns output codes into class scores and a class, if known.
        provenance: where the netlist comes from (tool versions, digests of model and checkpoint);
            not part of the digest.

    Raises:
        NetlistError: a shape, width or id breaks a rule; the message names layer and node.
    """

    name: str
    input_names: tuple[str, ...]
    input_widths: Array
    input_signed: Array
    layers: tuple[Layer, ...]
    outputs: Array
    encoder: Encoder | None = None
    decoder: Decoder | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from logicjsc.netlist.validate import validate

        _freeze(self, input_widths=np.uint8, input_signed=np.bool_, outputs=np.int32)
        validate(self)

    @property
    def inputs(self) -> int:
        """Number of input signals."""
        return len(self.input_names)

    @cached_property
    def signals(self) -> int:
        """Number of signals: inputs and node outputs."""
        return self.inputs + sum(layer.nodes for layer in self.layers)

    @cached_property
    def widths(self) -> Array:
        """Bits of every signal, uint8 ``[signals]``."""
        return np.concatenate([self.input_widths, *(layer.widths for layer in self.layers)])

    @cached_property
    def signed(self) -> Array:
        """Whether every signal is two's complement, bool ``[signals]``."""
        return np.concatenate([self.input_signed, *(layer.signed for layer in self.layers)])

    @cached_property
    def stages(self) -> Array:
        """Stage of every signal, int32 ``[signals]``; inputs are 0."""
        parts = [np.full(layer.nodes, layer.stage, np.int32) for layer in self.layers]
        return np.concatenate([np.zeros(self.inputs, np.int32), *parts])

    @cached_property
    def first_signals(self) -> tuple[int, ...]:
        """Signal id of the first node of each layer."""
        sizes = [self.inputs, *(layer.nodes for layer in self.layers)]
        return tuple(int(start) for start in np.cumsum(sizes)[:-1])

    @property
    def depth(self) -> int:
        """Number of stages."""
        return max((layer.stage for layer in self.layers), default=0)

    @property
    def table_rows(self) -> int:
        """Truth-table rows of all tables."""
        return sum(layer.tables.size for layer in self.layers if isinstance(layer, TableLayer))

    @property
    def table_bits(self) -> int:
        """Truth-table bits of all tables: rows times output width."""
        return sum(
            (1 << layer.address_bits) * int(layer.widths.sum())
            for layer in self.layers
            if isinstance(layer, TableLayer)
        )

    @cached_property
    def code_dtype(self) -> np.dtype[Any]:
        """The smallest unsigned type that holds every code of this netlist."""
        return code_dtype(int(self.widths.max(initial=1)))

    def node_name(self, signal: int) -> str:
        """Readable name of a signal: the input's name, or ``layer[node]``."""
        if signal < self.inputs:
            return self.input_names[signal]
        for first, layer in zip(self.first_signals, self.layers, strict=True):
            if signal < first + layer.nodes:
                return f"{layer.name}[{signal - first}]"
        raise NetlistError(f"there is no signal {signal}")


def _read_only(array: Array, dtype: npt.DTypeLike) -> Array:
    frozen = np.array(array, dtype=dtype)
    frozen.setflags(write=False)
    return frozen


def _freeze(owner: Layer | Netlist, **dtypes: npt.DTypeLike) -> None:
    """Make arrays read-only and of their types; a value that does not fit is refused."""
    for name, dtype in dtypes.items():
        given = np.asarray(getattr(owner, name))
        if given.size and given.dtype.kind not in "biu":
            raise NetlistError(f"{owner.name!r}: {name} must hold whole numbers, not {given.dtype}")
        frozen = _read_only(given, dtype)
        if (frozen != given).any():
            value = given[frozen != given][0]
            raise NetlistError(f"{owner.name!r}: {value} is no possible value of {name}")
        object.__setattr__(owner, name, frozen)
