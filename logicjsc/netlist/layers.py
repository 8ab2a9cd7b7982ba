"""The nodes of a netlist: layers of tables and of sums.

All arrays are made read-only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError

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
        freeze(self, inputs=np.int32, widths=np.uint8, signed=np.bool_)
        object.__setattr__(self, "tables", np.asarray(self.tables))
        widest = int(self.widths.max(initial=0))
        largest = self.tables.max(initial=0)
        if self.tables.dtype.kind not in "iu" or self.tables.min(initial=0) < 0:
            raise NetlistError(f"layer {self.name!r}: tables must hold non-negative integer codes")
        if largest >= 1 << MAX_WIDTH:
            raise NetlistError(f"layer {self.name!r}: a table holds a code wider than {MAX_WIDTH}")
        dtype = max(code_dtype(widest), code_dtype(int(largest).bit_length()))
        object.__setattr__(self, "tables", read_only(self.tables, dtype))

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

    A shift below 0 drops the lowest bits of an input before it is added, which rounds downwards.

    The output is exact: ``widths`` and ``signed`` must cover the smallest and the largest sum. A
    sum that **wraps** is taken modulo two to its width instead, and read as two's complement if it
    is signed. It is exact as well wherever it is known not to leave its width.

    Attributes:
        name: unique name of the layer.
        stage: depth of the outputs, 1 or more.
        inputs: signal ids, int32 ``[nodes, fan_in]``.
        shifts: left shift of each input, int8 ``[nodes, fan_in]``; below 0 a right shift by less
            than the input's width.
        negated: whether each input is subtracted, bool ``[nodes, fan_in]``.
        offsets: constant of each node, int64 ``[nodes]``.
        widths: output bits of each node, uint8 ``[nodes]``.
        signed: whether each output is two's complement, bool ``[nodes]``.
        wraps: whether each sum is taken modulo two to its width, bool ``[nodes]``; by default none.
    """

    name: str
    stage: int
    inputs: Array
    shifts: Array
    negated: Array
    offsets: Array
    widths: Array
    signed: Array
    wraps: Array = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __post_init__(self) -> None:
        if not np.size(self.wraps):
            object.__setattr__(self, "wraps", np.zeros(len(self.widths), np.bool_))
        freeze(
            self,
            inputs=np.int32,
            shifts=np.int8,
            negated=np.bool_,
            offsets=np.int64,
            widths=np.uint8,
            signed=np.bool_,
            wraps=np.bool_,
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


class Adds(Protocol):
    """A node that adds, on its own; see `SumLayer`."""

    @property
    def shifts(self) -> Sequence[int]:
        """Left shift of each input."""
        ...

    @property
    def negated(self) -> Sequence[bool]:
        """Whether each input is subtracted."""
        ...

    @property
    def offset(self) -> int:
        """Constant."""
        ...

    @property
    def wraps(self) -> bool:
        """Whether the sum is taken modulo two to its width."""
        ...


def sum_layer(
    name: str, stage: int, inputs: Array, sums: Sequence[Adds], *, widths: Array, signed: Array
) -> SumLayer:
    """A layer of sums that were nodes of their own, one row of inputs for each."""
    return SumLayer(
        name,
        stage,
        inputs,
        np.array([node.shifts for node in sums]),
        np.array([node.negated for node in sums]),
        np.array([node.offset for node in sums]),
        widths,
        signed,
        np.array([node.wraps for node in sums]),
    )


class Named(Protocol):
    """What messages call by its name."""

    @property
    def name(self) -> str:
        """The name."""
        ...


def read_only(array: Array, dtype: npt.DTypeLike) -> Array:
    """A copy that cannot be changed."""
    frozen = np.array(array, dtype=dtype)
    frozen.setflags(write=False)
    return frozen


def freeze(owner: Named, **dtypes: npt.DTypeLike) -> None:
    """Make arrays read-only and of their types; a value that does not fit is refused."""
    for name, dtype in dtypes.items():
        given = np.asarray(getattr(owner, name))
        if given.size and given.dtype.kind not in "biu":
            raise NetlistError(f"{owner.name!r}: {name} must hold whole numbers, not {given.dtype}")
        frozen = read_only(given, dtype)
        if (frozen != given).any():
            value = given[frozen != given][0]
            raise NetlistError(f"{owner.name!r}: {value} is no possible value of {name}")
        object.__setattr__(owner, name, frozen)
