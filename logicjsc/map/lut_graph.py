"""A LUT network that is changed in places: windows of it are cut out, rewritten and put back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork


class LutGraph:
    """LUTs by number, in no order.

    Numbers below ``first_lut`` are the constants and the inputs, as in `LutNetwork`; those of LUTs
    stay what they are when others are taken out, and new ones follow.

    Args:
        network: where it begins.
    """

    def __init__(self, network: LutNetwork) -> None:
        self.inputs = network.inputs
        self.first_lut = network.first_lut
        self.luts = dict(enumerate(network.luts, start=network.first_lut))
        self.outputs = list(network.outputs)
        self._next = self.first_lut + len(network.luts)
        self._moved: dict[int, int] = {}

    def holds(self, window: Collection[int]) -> bool:
        """Whether all LUTs of a window are still there."""
        return all(number in self.luts for number in window)

    def readers(self) -> dict[int, set[int]]:
        """LUTs that read each LUT; none for one that only outputs read."""
        found: dict[int, set[int]] = {number: set() for number in self.luts}
        for number, lut in self.luts.items():
            for source in lut.inputs:
                if source >= self.first_lut:
                    found[source].add(number)
        return found

    def random_window(self, rng: np.random.Generator, size: int) -> frozenset[int]:
        """About so many neighbouring LUTs, such that no path leaves them and comes back.

        What lies on such a path is part of the window, which may thus become larger.
        """
        readers = self.readers()
        numbers = sorted(self.luts)
        window: set[int] = {numbers[int(rng.integers(len(numbers)))]}
        border = set(window)
        while len(window) < size and border:
            place = sorted(border)[int(rng.integers(len(border)))]
            near = readers[place] | {s for s in self.luts[place].inputs if s >= self.first_lut}
            new = sorted(near - window)
            if not new:
                border.discard(place)
                continue
            chosen = new[int(rng.integers(len(new)))]
            window.add(chosen)
            border.add(chosen)
        behind = self._closure(window, readers)
        sources = {
            number: {s for s in lut.inputs if s >= self.first_lut}
            for number, lut in self.luts.items()
        }
        return frozenset(window | (behind & self._closure(window, sources)))

    @staticmethod
    def _closure(start: Collection[int], following: dict[int, set[int]]) -> set[int]:
        """What is reached from some LUTs in one step or more."""
        found: set[int] = set()
        pending = list(start)
        while pending:
            new = following[pending.pop()] - found
            found |= new
            pending += new
        return found

    def cut_out(self, window: Collection[int]) -> tuple[LutNetwork, list[int], list[int]]:
        """A window as a network of its own, the signals it reads and the LUTs read elsewhere."""
        inside = [number for number in self._sorted() if number in window]
        reads = sorted({s for n in inside for s in self.luts[n].inputs if s not in window} - {0, 1})
        read_elsewhere = {
            source
            for number, lut in self.luts.items()
            if number not in window
            for source in lut.inputs
        } | set(self.outputs)
        written = [number for number in inside if number in read_elsewhere]
        number_of = {0: 0, 1: 1, **{s: CONSTANTS + place for place, s in enumerate(reads)}}
        luts = []
        for number in inside:
            luts.append(self.luts[number].renamed(number_of))
            number_of[number] = CONSTANTS + len(reads) + len(luts) - 1
        outputs = tuple(number_of[number] for number in written)
        return LutNetwork(len(reads), tuple(luts), outputs), reads, written

    def put_back(
        self, window: Collection[int], network: LutNetwork, reads: Sequence[int], written: list[int]
    ) -> None:
        """Put a network in a window's place.

        Args:
            window: LUTs that are taken out.
            network: what comes in their place.
            reads: signals that were its inputs when it was cut out; others may stand for them now.
            written: LUTs of the window that its outputs stand for.

        Raises:
            NetlistError: the LUTs would form a cycle; nothing was changed.
        """
        before, outputs, moved_before = dict(self.luts), list(self.outputs), dict(self._moved)
        signal_of = {0: 0, 1: 1, **{CONSTANTS + p: self._now(s) for p, s in enumerate(reads)}}
        for number in window:
            del self.luts[number]
        for place, lut in enumerate(network.luts, start=network.first_lut):
            signal_of[place] = self._next
            self.luts[self._next] = lut.renamed(signal_of)
            self._next += 1
        moved = {old: signal_of[new] for old, new in zip(written, network.outputs, strict=True)}
        self._moved |= moved
        for number, lut in self.luts.items():
            if any(source in moved for source in lut.inputs):
                inputs = tuple(moved.get(source, source) for source in lut.inputs)
                self.luts[number] = Lut(inputs, lut.table)
        self.outputs = [moved.get(output, output) for output in self.outputs]
        try:
            self._sorted()
        except NetlistError:
            self.luts, self.outputs, self._moved = before, outputs, moved_before
            raise

    def _now(self, signal: int) -> int:
        """What stands for a signal now."""
        while signal in self._moved:
            signal = self._moved[signal]
        return signal

    def network(self) -> LutNetwork:
        """The LUTs that outputs need, in order."""
        number_of = {signal: signal for signal in range(self.first_lut)}
        luts = []
        for number in self._sorted():
            luts.append(self.luts[number].renamed(number_of))
            number_of[number] = self.first_lut + len(luts) - 1
        outputs = tuple(number_of[output] for output in self.outputs)
        return LutNetwork(self.inputs, tuple(luts), outputs).cone(outputs)

    def _sorted(self) -> list[int]:
        """Numbers of all LUTs, sources first.

        Raises:
            NetlistError: there is a cycle.
        """
        readers = self.readers()
        missing = {
            number: len({s for s in lut.inputs if s >= self.first_lut})
            for number, lut in self.luts.items()
        }
        ready = [number for number, count in missing.items() if not count]
        done = []
        while ready:
            number = ready.pop()
            done.append(number)
            for reader in readers[number]:
                missing[reader] -= 1
                if not missing[reader]:
                    ready.append(reader)
        if len(done) < len(self.luts):
            raise NetlistError("the LUTs form a cycle")
        return done
