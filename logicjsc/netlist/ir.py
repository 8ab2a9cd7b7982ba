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
from typing import Any

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.codec import Decoder, Encoder
from logicjsc.netlist.layers import Array, Layer, TableLayer, code_dtype, freeze
from logicjsc.netlist.validate import check_ends, check_layers


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
        freeze(self, input_widths=np.uint8, input_signed=np.bool_, outputs=np.int32)
        check_layers(self.name, self.input_names, self.input_widths, self.input_signed, self.layers)
        check_ends(
            self.name,
            self.outputs,
            widths=self.widths,
            signed=self.signed,
            inputs=self.inputs,
            encoder=self.encoder,
            decoder=self.decoder,
        )

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
