"""Tables too wide for a carry chain's LUTs, taken apart into a sum of smaller ones.

A chain looks a table of five address bits up inside its LUTs, but a wider one needs LUTs of its
own and adders behind them. Many tables that networks learn change little from one address to the
next: then ``table = part(five of its bits) + rest(all of its bits)``, where the rest is small. The
part costs a LUT per bit, which adding the table would have cost anyway, and only the few bits of
the rest are logic of their own. (Splitting tables into a coarse one and small differences is known
from compressed lookup tables: Khataei and Bazargan, FPGA 2024.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.bit_functions import evaluate, from_values, support
from logicjsc.map.chain_operands import ABSORBED_INPUTS
from logicjsc.map.lut_network import Lut, LutNetwork, exhaustive_words, unpack_words
from logicjsc.map.sums import luts_per_bit

Array: TypeAlias = npt.NDArray[Any]

_MOST_ADDRESS_BITS: Final = 12
"""Wider tables are not taken apart: there are too many ways to choose five of their bits."""

_MOST_PARTS: Final = 3


@dataclass(frozen=True, eq=False)
class Part:
    """A table of few address bits.

    Attributes:
        axes: which address bits it reads, 0 the highest, ascending.
        values: by index of those, none negative, int64 ``[2**axes]``.
    """

    axes: tuple[int, ...]
    values: Array

    @property
    def width(self) -> int:
        """Its bits."""
        return int(self.values.max()).bit_length()

    def functions(self, places: Sequence[int]) -> list[Lut]:
        """Its bits, the lowest first, as functions of the signals that are the address."""
        # The last axis is the lowest bit of the index.
        sources = [places[axis] for axis in reversed(self.axes)]
        return [
            from_values(sources, (self.values >> bit & 1).tolist()) for bit in range(self.width)
        ]


@dataclass(frozen=True, eq=False)
class TableSplit:
    """A table's values as ``base + sum(parts) +- rest``.

    Attributes:
        base: constant.
        parts: tables of few address bits.
        rest: what is left, by address, none negative, int64 ``[2**address_bits]``.
        negated: whether the rest is subtracted.
    """

    base: int
    parts: tuple[Part, ...]
    rest: Array
    negated: bool

    @property
    def rest_width(self) -> int:
        """Bits of the rest."""
        return int(self.rest.max()).bit_length()

    @property
    def part_bits(self) -> int:
        """Bits of all parts, each of which a chain adds for a LUT."""
        return sum(part.width for part in self.parts)


def split_table(values: Array, *, negated: bool) -> TableSplit | None:
    """A table as a sum of smaller ones, if that is estimated to take fewer LUTs on a carry chain.

    Args:
        values: of the table, by address, int64 ``[2**address_bits]``.
        negated: whether the table is subtracted; then so is not the rest, and the other way round.
    """
    bits = values.size.bit_length() - 1
    if not ABSORBED_INPUTS < bits <= _MOST_ADDRESS_BITS:
        return None
    # Turned around, a table that is subtracted is one that is added.
    left = (-values if negated else values).reshape((2,) * bits)
    left = left - left.min()
    before = _estimate(left)
    parts: list[Part] = []
    spent = 0
    best: tuple[int, int, Array] | None = None
    while len(parts) < _MOST_PARTS and left.any():
        part, left = _peeled(left)
        if not part.width:
            break
        parts.append(part)
        spent += part.width
        # The lowest bit of the rest enters a chain as its carry.
        cost = spent + _estimate(left) - bool((left & 1).any())
        if best is not None and cost >= best[0]:
            break
        best = cost, len(parts), left
    if best is None or best[0] >= before:
        return None
    _, count, rest = best
    turned = tuple(
        Part(part.axes, part.values.max() - part.values if negated else part.values)
        for part in parts[:count]
    )
    base = int(values.min())
    if negated:
        base = int(values.max()) - sum(int(part.values.max()) for part in turned)
    return TableSplit(base, turned, rest.reshape(-1), negated)


def prove_split(split: TableSplit, values: Array, network: LutNetwork) -> bool:
    """Whether parts and rest are the table on every address.

    Args:
        split: parts, whose functions are evaluated.
        values: of the table, by address.
        network: the LUTs of the rest; input 0 is the lowest bit of the address.
    """
    bits = values.size.bit_length() - 1
    if network.inputs != bits or len(network.outputs) != split.rest_width:
        return False
    rows = np.arange(values.size, dtype=np.int64)
    # Signals of the address are numbered like its bits, the highest first.
    known = {place: rows >> (bits - 1 - place) & 1 for place in range(bits)}
    total = np.full(values.size, split.base, np.int64)
    for part in split.parts:
        for bit, function in enumerate(part.functions(range(bits))):
            total += evaluate(function, known) << bit
    found = unpack_words(network.evaluate(exhaustive_words(bits)), values.size).astype(np.int64)
    rest = (found << np.arange(len(found))[:, None]).sum(axis=0)
    return bool(np.array_equal(total - rest if split.negated else total + rest, values))


def _peeled(left: Array) -> tuple[Part, Array]:
    """The part of five bits that leaves the cheapest rest, and the rest."""
    found: list[tuple[int, int, tuple[int, ...], Array]] = []
    for axes in combinations(range(left.ndim), ABSORBED_INPUTS):
        others = tuple(axis for axis in range(left.ndim) if axis not in axes)
        low = left.min(axis=others, keepdims=True)
        width = int(low.max()).bit_length()
        spread = int((left.max(axis=others, keepdims=True) - low).max())
        cost = width + spread.bit_length() * (luts_per_bit(left.ndim) + 1)
        found.append((cost, int(low.sum()), axes, low))
    _, _, axes, low = min(found, key=lambda one: (one[0], -one[1]))
    return Part(axes, low.reshape(-1)), left - low


def _estimate(left: Array) -> int:
    """LUTs of a table with an adder behind it, bit by bit of what each depends on."""
    total = 0
    for bit in range(int(left.max()).bit_length()):
        kept, _ = support(left >> bit & 1)
        total += 1 if len(kept) <= ABSORBED_INPUTS else luts_per_bit(len(kept)) + 1
    return total
