"""Functions of up to six bits as gates of up to three inputs.

A gate of three inputs is one instruction where the processor has one (``vpternlog``) and up to four
elsewhere. Gates are looked for in this order of cost: all decompositions of a function that split
off one gate without making the rest larger, then the expansion over one input (Shannon). Functions
of four inputs have the fewest gates possible, by enumeration of all pairs of gates.

Tables are integers over six variables, bit ``i`` is the value where variable ``v`` is bit ``v`` of
``i``; a function that ignores a variable repeats itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.lut_network import LUT_INPUTS

GATE_INPUTS: Final = 3

_ONES: Final = (1 << (1 << LUT_INPUTS)) - 1
_LOW: Final = tuple(
    sum(1 << index for index in range(1 << LUT_INPUTS) if not index >> variable & 1)
    for variable in range(LUT_INPUTS)
)
"""Where each variable is 0."""

_SIDES: Final = tuple(
    tuple(
        tuple(index for index in range(1 << GATE_INPUTS) if index >> place & 1 == side)
        for side in (0, 1)
    )
    for place in range(GATE_INPUTS)
)
"""Indices of a gate at which an input is 0, and at which it is 1."""

_GOOD: Final = 6
"""Gates of a six-input function that are few enough to stop looking."""


@dataclass(frozen=True)
class Gate:
    """A function of other gates and variables.

    Attributes:
        table: output by index, bit ``i`` of the integer is the output at index ``i``.
        sources: gates, or numbers of variables; the first is the lowest bit of the index.
        size: gates of the whole tree.
    """

    table: int
    sources: tuple[Tree, ...]
    size: int


Tree: TypeAlias = Gate | int
"""Gates over variables, or a variable alone."""


def gates_of(table: int, inputs: int) -> Tree:
    """Few gates for a table of ``inputs`` variables that all matter.

    Raises:
        ValueError: the function is constant.
    """
    wide = table
    for variable in range(inputs, LUT_INPUTS):
        wide |= wide << (1 << variable)
    if wide in {0, _ONES}:
        raise ValueError("a constant has no gates")
    return _search(wide)


def size_of(tree: Tree) -> int:
    """Gates of a tree."""
    return tree.size if isinstance(tree, Gate) else 0


def _gate(table: int, *sources: Tree) -> Gate:
    return Gate(table, sources, 1 + sum(map(size_of, sources)))


def _cofactors(table: int, variable: int) -> tuple[int, int]:
    """The function where a variable is 0, and where it is 1."""
    shift, low = 1 << variable, _LOW[variable]
    zero, one = table & low, table >> shift & low
    return zero | zero << shift, one | one << shift


def _choose(variable: int, zero: int, one: int) -> int:
    """The function that is ``zero`` where the variable is 0, and ``one`` elsewhere."""
    return zero & _LOW[variable] | one & ~_LOW[variable] & _ONES


def _support(table: int) -> tuple[int, ...]:
    pairs = (_cofactors(table, variable) for variable in range(LUT_INPUTS))
    return tuple(variable for variable, (zero, one) in enumerate(pairs) if zero != one)


def _narrow(table: int, variables: Sequence[int]) -> int:
    """The table over some variables alone, the first the lowest."""
    result = 0
    for index in range(1 << len(variables)):
        place = sum((index >> bit & 1) << variable for bit, variable in enumerate(variables))
        result |= (table >> place & 1) << index
    return result


@cache
def _search(table: int) -> Tree:
    support = _support(table)
    if len(support) == 1 and table & 1 == 0:
        return support[0]
    if len(support) <= GATE_INPUTS:
        return _gate(_narrow(table, support), *support)
    if len(support) == GATE_INPUTS + 1:
        return _of_four(_narrow(table, support), support)
    trees = [*_split_inner(table, support), *_split_outer(table, support)]
    best = min(trees, key=size_of, default=None)
    if best is None or len(support) < LUT_INPUTS or best.size > _GOOD:
        expanded = (_shannon(table, variable) for variable in support)
        best = min([*trees, *expanded], key=size_of)
    return best


def _tree(table: int) -> Tree | None:
    """Gates of a function, None if it is constant."""
    return None if table in {0, _ONES} else _search(table)


def _shannon(table: int, variable: int) -> Gate:
    zero, one = _cofactors(table, variable)
    if zero == one ^ _ONES:
        return _gate(0b0110, variable, _search(zero))
    if zero in {0, _ONES}:
        return _gate(0b1000 if zero == 0 else 0b1101, variable, _search(one))
    if one in {0, _ONES}:
        return _gate(0b0100 if one == 0 else 0b1110, variable, _search(zero))
    return _gate(0b11100100, variable, _search(zero), _search(one))


def _split_inner(table: int, support: Sequence[int]) -> list[Gate]:
    """``h(g(x, y, z), rest)``, and ``h(g(x, y, z), x, rest)``."""
    found = []
    for triple in combinations(support, GATE_INPUTS):
        parts = [table]
        for variable in reversed(triple):  # the first is the lowest bit of the index
            shift, low = 1 << variable, _LOW[variable]
            halves = [(whole & low, whole >> shift & low) for whole in parts]
            parts = [half | half << shift for pair in halves for half in pair]
        kinds = sorted(set(parts))
        if len(kinds) == 2:  # noqa: PLR2004 - one bit tells them apart
            inner = sum((part == kinds[1]) << index for index, part in enumerate(parts))
            rest = _choose(triple[0], kinds[0], kinds[1])
            found.append(_replaced(_search(rest), {triple[0]: _gate(inner, *triple)}))
            continue
        for place, shared in enumerate(triple):
            split = _shared_split(parts, place)
            if split is None:
                continue
            inner, (zero, one) = split
            other = triple[(place + 1) % GATE_INPUTS]
            rest = _choose(shared, _choose(other, *zero), _choose(other, *one))
            found.append(_replaced(_search(rest), {other: _gate(inner, *triple)}))
    return [tree for tree in found if isinstance(tree, Gate)]


def _shared_split(
    parts: Sequence[int], place: int
) -> tuple[int, tuple[tuple[int, int], tuple[int, int]]] | None:
    """A gate that tells parts apart, if the input at ``place`` is known besides."""
    sides = [{parts[index] for index in indices} for indices in _SIDES[place]]
    if len(sides[0]) > 2 or len(sides[1]) > 2:  # noqa: PLR2004 - one bit tells two apart
        return None
    ends = [(min(kinds), max(kinds)) for kinds in sides]
    inner = 0
    for (_, one), indices in zip(ends, _SIDES[place], strict=True):
        inner |= sum((parts[index] == one) << index for index in indices)
    return inner, (ends[0], ends[1])


def _split_outer(table: int, support: Sequence[int]) -> list[Gate]:
    """``h(x, y, g(rest))``, and ``h(x, y, g(x, rest))``."""
    found = []
    for x, y in permutations(support, 2):
        cores, outer = [], 0
        for side, half in enumerate(_cofactors(table, x)):
            parts = _cofactors(half, y)
            core = next((min(part, part ^ _ONES) for part in parts if part not in {0, _ONES}), 0)
            if any(part not in {0, _ONES, core, core ^ _ONES} for part in parts):
                break
            cores.append(core)
            for value in (0, 1):
                for index, part in enumerate(parts):
                    ones = part == _ONES or (part not in {0, _ONES} and value == (part == core))
                    outer |= int(ones) << (side | index << 1 | value << 2)
        else:
            # Where one side is constant, the core need not depend on x.
            low, high = (core or cores[1 - side] for side, core in enumerate(cores))
            inner = _tree(_choose(x, low, high))
            if inner is not None:
                found.append(_gate(outer, x, y, inner))
    return found


def _replaced(tree: Tree, by: Mapping[int, Gate]) -> Tree:
    if isinstance(tree, int):
        return by.get(tree, tree)
    return _gate(tree.table, *(_replaced(source, by) for source in tree.sources))


def _of_four(table: int, variables: Sequence[int]) -> Gate:
    """A function of four variables: two gates if that can be, else three."""
    place, shared, inner, outer = (int(number) for number in _pairs_of_gates()[table])
    if not outer:
        three, last = variables[:GATE_INPUTS], variables[GATE_INPUTS]
        half = (1 << (1 << GATE_INPUTS)) - 1
        halves = (table & half, table >> (1 << GATE_INPUTS))
        return _gate(0b11100100, last, *(_gate(part, *three) for part in halves))
    three = [variable for index, variable in enumerate(variables) if index != place]
    return _gate(outer, _gate(inner, *three), variables[place], variables[shared])


@cache
def _pairs_of_gates() -> npt.NDArray[Any]:
    """Two gates for functions of four variables: lone and shared input, inner and outer table.

    uint16 ``[65536, 4]``; the outer table is 0 where two gates do not suffice. The outer gate
    reads the inner one, the lone input and the shared one.
    """
    found = np.zeros((1 << 16, 4), np.uint16)
    rows = np.arange(16)
    tables = np.arange(1 << 8)
    for place in range(GATE_INPUTS + 1):
        three = [variable for variable in range(GATE_INPUTS + 1) if variable != place]
        inner_index = sum((rows >> variable & 1) << bit for bit, variable in enumerate(three))
        inner = tables[:, None] >> inner_index & 1
        for shared in three:
            outer_index = inner | (rows >> place & 1) << 1 | (rows >> shared & 1) << 2
            for outer in range(1, 1 << 8):
                whole = ((outer >> outer_index & 1) << rows).sum(axis=1)
                entry = np.empty((len(tables), 4), np.uint16)
                entry[:] = (place, shared, 0, outer)
                entry[:, 2] = tables
                found[whole] = entry
    return found
