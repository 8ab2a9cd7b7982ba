"""A network of look-up tables of up to six inputs, and its exact evaluation.

Signals are numbered: 0 and 1 are the constants, then the inputs, then the LUTs in topological
order. Input ``j`` of a LUT is bit ``j`` of the index into its table.

The gates of carry chains stand among the LUTs, as functions like any other, so whatever evaluates,
writes or proves a network need not know them; they are marked, because they are no LUTs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError

Array: TypeAlias = npt.NDArray[Any]

LUT_INPUTS: Final = 6

CONSTANTS: Final = 2
"""Signals 0 and 1 are the constants 0 and 1."""

CARRY_SUM: Final = 0b0110
"""A carry chain's exclusive or; inputs are select and carry."""

CARRY_OUT: Final = 0b11001010
"""A carry chain's multiplexer; inputs are data, carry and select: ``select ? carry : data``."""

_CARRY_GATES: Final = {(2, CARRY_SUM), (3, CARRY_OUT)}


@dataclass(frozen=True)
class Lut:
    """One look-up table.

    Attributes:
        inputs: signal numbers, at most six; the first is the lowest bit of the index.
        table: output by index, bit ``i`` of the integer is the output at index ``i``.
        carry: whether it is no LUT but a gate of a carry chain, `CARRY_SUM` or `CARRY_OUT`.
    """

    inputs: tuple[int, ...]
    table: int
    carry: bool = False

    def renamed(self, number_of: Mapping[int, int] | Sequence[int]) -> Lut:
        """The same function of other signals."""
        return Lut(tuple(number_of[source] for source in self.inputs), self.table, self.carry)


@dataclass(frozen=True)
class LutNetwork:
    """LUTs in topological order. Validated on construction.

    Attributes:
        inputs: number of input bits.
        luts: the LUTs.
        outputs: signal number of each output bit.
        unbuilt: places among the outputs of bits that nothing reads and that are 0 instead.
        shapes: how nodes add that are not added as by default, by number of the node: a hint for
            proofs, not a part of the network.

    Raises:
        NetlistError: a LUT reads a later signal, has too many inputs, or a table that is too long,
            or a gate of a carry chain is none that there is.
    """

    inputs: int
    luts: tuple[Lut, ...]
    outputs: tuple[int, ...]
    unbuilt: frozenset[int] = frozenset()
    shapes: tuple[tuple[int, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for index, lut in enumerate(self.luts):
            own = self.first_lut + index
            if len(lut.inputs) > LUT_INPUTS or not all(0 <= source < own for source in lut.inputs):
                raise NetlistError(f"LUT {index} reads {lut.inputs}, which are not earlier signals")
            if lut.table >> (1 << len(lut.inputs)):
                raise NetlistError(f"LUT {index} has a table longer than its inputs allow")
            if lut.carry and (len(lut.inputs), lut.table) not in _CARRY_GATES:
                raise NetlistError(f"gate {index} of a carry chain is none that a chain has")
        last = self.first_lut + len(self.luts)
        if not all(0 <= output < last for output in self.outputs):
            raise NetlistError("an output names a signal that does not exist")
        if any(self.outputs[place] for place in self.unbuilt):
            raise NetlistError("an output that is not built is not 0")

    @property
    def first_lut(self) -> int:
        """Signal number of the first LUT."""
        return CONSTANTS + self.inputs

    @property
    def area(self) -> int:
        """LUTs without the gates of carry chains."""
        return sum(not lut.carry for lut in self.luts)

    @property
    def depth(self) -> int:
        """LUTs on the longest path from an input to an output."""
        levels = self.levels([0] * self.inputs)
        return max((levels[output] for output in self.outputs), default=0)

    def levels(self, inputs: Sequence[int]) -> list[int]:
        """LUTs on the longest path to each signal, those in front of each input included.

        Gates of carry chains add nothing, so an addition is one level behind its later operand.
        """
        levels = [0] * CONSTANTS + list(inputs)
        for lut in self.luts:
            latest = max((levels[source] for source in lut.inputs), default=0)
            levels.append(latest + (not lut.carry))
        return levels

    def cone(self, outputs: Sequence[int]) -> LutNetwork:
        """The LUTs behind some signals alone; inputs keep their numbers."""
        needed, pending = set[int](), list(outputs)
        while pending:
            signal = pending.pop()
            if signal >= self.first_lut and signal not in needed:
                needed.add(signal)
                pending += self.luts[signal - self.first_lut].inputs
        number_of = {signal: signal for signal in range(self.first_lut)}
        luts = []
        for signal in sorted(needed):
            lut = self.luts[signal - self.first_lut]
            luts.append(lut.renamed(number_of))
            number_of[signal] = self.first_lut + len(luts) - 1
        return LutNetwork(self.inputs, tuple(luts), tuple(number_of[out] for out in outputs))

    def without(self, places: Collection[int]) -> LutNetwork:
        """The network without building some of its outputs, and without what only they need."""
        kept = [0 if place in places else out for place, out in enumerate(self.outputs)]
        cone = self.cone(kept)
        return LutNetwork(cone.inputs, cone.luts, cone.outputs, frozenset(places))

    @property
    def has_chains(self) -> bool:
        """Whether gates of carry chains stand among the LUTs."""
        return any(lut.carry for lut in self.luts)

    @property
    def selecting(self) -> frozenset[int]:
        """Signals that select in carry chains."""
        # The first input of the exclusive or and the last one of the multiplexer.
        gates = (lut for lut in self.luts if lut.carry)
        return frozenset(lut.inputs[0 if lut.table == CARRY_SUM else -1] for lut in gates)

    def evaluate(self, words: Array) -> Array:
        """Output words of input words; every bit position is a vector of its own.

        Args:
            words: uint64 ``[inputs, words]``.

        Returns:
            uint64 ``[outputs, words]``.
        """
        signals = np.zeros((self.first_lut + len(self.luts), words.shape[1]), np.uint64)
        signals[1] = ~np.uint64(0)
        signals[CONSTANTS : self.first_lut] = words
        for index, lut in enumerate(self.luts, start=self.first_lut):
            signals[index] = _look_up(lut.table, [signals[source] for source in lut.inputs])
        return signals[list(self.outputs)]


def _look_up(table: int, inputs: list[Array]) -> Array | np.uint64:
    """Shannon expansion over the highest input; equal halves need no selection."""
    rows = 1 << len(inputs)
    if table == 0:
        return np.uint64(0)
    if table == (1 << rows) - 1:
        return ~np.uint64(0)
    half = rows >> 1
    low, high = table & ((1 << half) - 1), table >> half
    if low == high:
        return _look_up(low, inputs[:-1])
    selector = inputs[-1]
    when_low, when_high = _look_up(low, inputs[:-1]), _look_up(high, inputs[:-1])
    return np.asarray(when_low ^ (selector & (when_low ^ when_high)))


def exhaustive_words(inputs: int) -> Array:
    """Words in which bit position ``r`` spells the integer ``r``, for all ``2**inputs`` integers.

    Returns:
        uint64 ``[inputs, max(1, 2**inputs / 64)]``; input 0 is the lowest bit of the integer.
    """
    rows = np.arange(max(1 << inputs, 64), dtype=np.uint64)
    bits = (rows[None, :] >> np.arange(inputs, dtype=np.uint64)[:, None]) & np.uint64(1)
    return pack_words(bits)


def pack_words(bits: Array) -> Array:
    """Bits ``[signals, vectors]`` to uint64 words, the first vector in the lowest bit."""
    padding = -bits.shape[1] % 64
    padded = np.pad(bits.astype(np.uint8), ((0, 0), (0, padding)))
    packed = np.packbits(padded, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


def unpack_words(words: Array, vectors: int) -> Array:
    """Undo `pack_words`: uint8 ``[signals, vectors]``."""
    bytes_ = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(bytes_, axis=1, bitorder="little")[:, :vectors]
