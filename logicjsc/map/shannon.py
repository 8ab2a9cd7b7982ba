"""LUTs of a truth table by cutting it up, in a moment whatever it holds.

Subtables of six inputs are LUTs, equal ones are one, and multiplexers of four choose among them
(Shannon, 1949): an upper bound for tables that a search has no time for.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.lut_network import CONSTANTS, LUT_INPUTS, Lut, LutNetwork

Array: TypeAlias = npt.NDArray[Any]


def shannon_network(table: Array, width: int) -> LutNetwork:
    """The LUTs of a table, cut by its highest inputs.

    Args:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.

    Returns:
        A network whose input 0 and output 0 are the lowest bits of address and code.
    """
    inputs = table.size.bit_length() - 1
    builder = _Builder(inputs)
    outputs = tuple(
        builder.cut(((table >> bit) & 1).astype(np.uint8), inputs) for bit in range(width)
    )
    return LutNetwork(inputs, tuple(builder.luts), outputs)


class _Builder:
    def __init__(self, inputs: int) -> None:
        self.first = CONSTANTS + inputs
        self.luts: list[Lut] = []
        self._known: dict[Lut, int] = {}

    def cut(self, column: Array, inputs: int) -> int:
        """The signal of a function of the lowest inputs, one row per address."""
        lowest = min(inputs, LUT_INPUTS)
        signals = [
            self.lut(tuple(range(CONSTANTS, CONSTANTS + lowest)), rows)
            for rows in column.reshape(-1, 1 << lowest)
        ]
        place = lowest
        while len(signals) > 1:
            bits = min(2, inputs - place)
            chooses = tuple(range(CONSTANTS + place, CONSTANTS + place + bits))
            groups = [signals[i : i + (1 << bits)] for i in range(0, len(signals), 1 << bits)]
            signals = [self.choose(group, chooses) for group in groups]
            place += bits
        return signals[0]

    def choose(self, group: list[int], chooses: tuple[int, ...]) -> int:
        """A multiplexer; data inputs that are equal or constant are none."""
        data = sorted({signal for signal in group if signal >= CONSTANTS} - set(chooses))
        sources = (*chooses, *data)
        rows = np.arange(1 << len(sources))
        chosen = rows & ((1 << len(chooses)) - 1)
        value = {signal: (rows >> place) & 1 for place, signal in enumerate(sources)}
        value |= {constant: np.full(rows.size, constant) for constant in range(CONSTANTS)}
        columns = np.stack([value[signal] for signal in group])
        return self.lut(sources, columns[chosen, rows].astype(np.uint8))

    def lut(self, sources: tuple[int, ...], rows: Array) -> int:
        """A LUT of the inputs that its rows depend on; a constant or a wire is none."""
        cube = rows.reshape((2,) * len(sources))
        used = []
        for axis in reversed(range(len(sources))):
            low = np.take(cube, [0], axis=axis)
            if (low == np.take(cube, [-1], axis=axis)).all():
                cube = low
            else:
                used.append(sources[len(sources) - 1 - axis])
        packed = sum(int(value) << row for row, value in enumerate(cube.ravel()))
        if not used:
            return packed
        if len(used) == 1 and packed == 0b10:  # noqa: PLR2004 - the input itself
            return used[0]
        made = Lut(tuple(used), packed)
        if made not in self._known:
            self._known[made] = self.first + len(self.luts)
            self.luts.append(made)
        return self._known[made]
