"""Gates of one to three inputs as C expressions on words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Final

from logicjsc.emit.c.gates import GATE_INPUTS
from logicjsc.emit.c.program import Operation

_ROWS: Final = 1 << GATE_INPUTS
_ONES: Final = (1 << _ROWS) - 1
_VARIABLES: Final = {0b10101010: "a", 0b11001100: "b", 0b11110000: "c"}


def expression(operation: Operation, names: Sequence[str]) -> str:
    """An operation on named words; three inputs are a call of `gate_function`."""
    if len(operation.sources) == GATE_INPUTS:
        return f"{gate_name(operation.table)}({', '.join(names)})"
    table = operation.table
    for place in range(len(names), GATE_INPUTS):
        table |= table << (1 << place)
    text = cheapest()[table]
    for letter, name in zip("ab", names, strict=False):
        text = text.replace(letter, f"{{{letter}}}" if name else "")
    return text.format(**dict(zip("ab", names, strict=False)))


def gate_name(table: int) -> str:
    """Name of the function for a table of three inputs."""
    return f"gate_{table:02x}"


def gate_function(table: int) -> str:
    """The inline function of a gate of three inputs."""
    return (
        f"static inline word {gate_name(table)}(word a, word b, word c)\n"
        f"{{\n    return GATE(0x{table:02x}, a, b, c, {cheapest()[table]});\n}}\n"
    )


@cache
def cheapest() -> dict[int, str]:
    """The expression with the fewest operators, for each of the 256 functions of a, b and c.

    Operators are and, or, exclusive or, complement, and and with one side's complement, which
    processors have as one instruction.
    """
    levels: list[dict[int, str]] = [{**_VARIABLES}]
    known = dict(levels[0])
    while len(known) < _ONES - 1:
        new: dict[int, str] = {}
        level = len(levels)
        for table, text in levels[-1].items():
            _offer(known, new, table ^ _ONES, f"~{_closed(text)}")
        for cost in range(level):
            pairs = product(levels[cost].items(), levels[level - 1 - cost].items())
            for (one, left), (other, right) in pairs:
                left_, right_ = _closed(left), _closed(right)
                _offer(known, new, one & other, f"{left_} & {right_}")
                _offer(known, new, one | other, f"{left_} | {right_}")
                _offer(known, new, one ^ other, f"{left_} ^ {right_}")
                _offer(known, new, one & ~other, f"{left_} & ~{right_}")
        levels.append(new)
        known |= new
    return known


def _offer(known: dict[int, str], new: dict[int, str], table: int, text: str) -> None:
    if table not in known and table not in {0, _ONES}:
        new.setdefault(table, text)


def _closed(text: str) -> str:
    """An expression that may stand beside any operator."""
    return text if len(text) == 1 else f"({text})"
