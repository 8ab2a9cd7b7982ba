"""The search for the smallest LUT network of one truth table.

No single script is best for all tables, and most of what a script reaches is decided by the
structure it starts from. So several starting structures (sums of labels, lists of ones and decision
diagrams in several orders of the variables) meet several scripts, and the smallest result is kept.
Every result is compared with its table on all addresses before it counts.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.core.errors import NetlistError, ToolFailedError, ToolTimeoutError
from logicjsc.core.programs import Tool
from logicjsc.core.temporary import temporary_folder
from logicjsc.map.abc import run_script
from logicjsc.map.additive import additive_forms
from logicjsc.map.additive_blif import additive_blif
from logicjsc.map.blif import diagram_blif, parse_network, table_blif
from logicjsc.map.decision_diagram import diagram_size, good_orders, output_columns
from logicjsc.map.lut_network import (
    CONSTANTS,
    LUT_INPUTS,
    Lut,
    LutNetwork,
    exhaustive_words,
    pack_words,
)
from logicjsc.map.output_reuse import reuse_outputs
from logicjsc.map.shannon import shannon_network

Array: TypeAlias = npt.NDArray[Any]

_MAP: Final = "if -K 6 -a -C 16 -F 4 -A 4"
_WIDE: Final = "mfs2 -a -e -W 8 -F 100 -D 50 -L 200"
"""Resubstitution in wide windows, any depth: these networks are small enough."""

_PACK: Final = "lutpack -S 3"
_SCRIPTS: Final = {
    "choices": f"strash; dch; {_MAP}; {_WIDE}; lutpack -N 6 -S 3; {_WIDE}",
    "depth": "strash; dch; if -K 6; mfs2 -e -W 4 -L 50",
    "depth_kept": "strash; if -K 6 -C 16 -F 4 -A 4",
    "across": "strash; if -K 6 -a; mfs2 -a -e",
    "across_kept": "sweep; mfs2 -a -e",
    "narrow": f"strash; {_MAP}; mfs2 -a; lutpack; mfs2 -a",
    "wide": f"strash; {_MAP}; {_WIDE}; lutpack -N 6 -S 3; {_WIDE}",
    "twice": "; ".join([f"strash; {_MAP}; {_WIDE}; {_PACK}; {_WIDE}"] * 2),
}
AT_DEPTH_SCRIPTS: Final = {
    "at_depth": "strash; dch -f; if -K 6 -D {depth}; mfs2 -e -D 0 -W 4 -L 20",
    "at_depth_area": "strash; if -K 6 -D {depth} -F 4 -A 4",
    "at_depth_choices": "strash; dch; if -K 6 -C 16 -D {depth} -F 4 -A 4",
}
"""Scripts that map whole networks for the least area at a depth."""

ACROSS_SCRIPTS: Final = ("across", "across_kept")
"""Scripts that whole networks meet: those whose time grows with their size only."""

SUM_SCRIPTS: Final = ("wide", "twice")
"""Scripts that adders meet."""

DEPTH_SCRIPTS: Final = ("depth", "depth_kept")
"""Scripts that map for the least depth, and for area only where that leaves room."""

_SECONDS: Final = 600.0
_SHORTEST: Final = 1.0
"""What a search gets whose time is over before it began."""


_DIAGRAM_NODES_PER_LUT: Final = 5
"""Diagrams with more nodes per LUT of the best network so far never win."""


@dataclass(frozen=True)
class Effort:
    """How hard to search.

    Attributes:
        cuts: ways to cut an address into the labels of a sum.
        forms: sums that are tried, the cheapest by estimate.
        sum_scripts: names of the scripts that each of them meets.
        starts: starts of the search for orders of the variables.
        orders: best orders that are tried, beside the order as given.
        scripts: names of the scripts that each diagram and list of ones meets.
    """

    cuts: int
    forms: int
    sum_scripts: tuple[str, ...]
    starts: int
    orders: int
    scripts: tuple[str, ...]


EFFORTS: Final = {
    "low": Effort(10, 1, ("wide",), starts=1, orders=1, scripts=("wide",)),
    "medium": Effort(
        40, 3, ("wide", "twice", "choices"), starts=4, orders=2, scripts=("wide", "twice")
    ),
    "high": Effort(
        200,
        12,
        ("wide", "twice", "choices", "narrow"),
        starts=10,
        orders=5,
        scripts=("narrow", "wide", "twice"),
    ),
}


def map_table(
    table: Array, width: int, abc: Tool, effort: Effort, deadline: float = math.inf
) -> LutNetwork:
    """The smallest LUT network found for a truth table.

    Args:
        table: output codes by address, unsigned ``[2**address_bits]``.
        width: output bits.
        abc: see `logicjsc.map.abc.find_abc`.
        effort: how hard to search.
        deadline: when to stop, of `time.monotonic`; the best found until then counts.

    Returns:
        A network whose input 0 and output 0 are the lowest bits of address and code.

    Raises:
        ToolFailedError: ABC failed, or gave a network that differs from the table.
    """
    address_bits = table.size.bit_length() - 1
    if address_bits <= LUT_INPUTS:
        network = _direct(table, width)
    else:
        network = _search(table, width, abc, effort, deadline)
    if not realises(network, table, width):
        raise ToolFailedError("ABC returned a network that differs from its truth table")
    return network


def realises(network: LutNetwork, table: Array, width: int) -> bool:
    """Whether a network gives the table's code at every address: proof by exhaustion."""
    address_bits = table.size.bit_length() - 1
    if (network.inputs, len(network.outputs)) != (address_bits, width):
        return False
    wide = table.astype(np.uint64)
    bits = (wide[None, :] >> np.arange(width, dtype=np.uint64)[:, None]) & np.uint64(1)
    if table.size < 64:  # noqa: PLR2004 - one word; its rows repeat
        bits = np.tile(bits, (1, 64 // table.size))
    expected = pack_words(bits)
    found = network.evaluate(exhaustive_words(address_bits))
    return bool((found == expected).all())


def _search(table: Array, width: int, abc: Tool, effort: Effort, deadline: float) -> LutNetwork:
    if time.monotonic() >= deadline:
        return shannon_network(table, width)
    columns = output_columns(table, width)
    variables = columns.ndim - 1
    # The same table always meets the same choices, so results do not depend on the run.
    seed = int.from_bytes(hashlib.sha256(table.tobytes()).digest()[:8], "big")
    rng = np.random.default_rng(seed)
    forms = additive_forms(table, width, effort.cuts)[: effort.forms]
    sums = [text for text in (additive_blif(form, width) for form in forms) if text is not None]
    found = run_scripts(
        ((text, "") for text in sums), effort.sum_scripts, variables, width, abc, deadline=deadline
    )
    if time.monotonic() >= deadline:
        return _best_whole([reversed_inputs(network) for network in found], table, width)
    orders = good_orders(columns, rng, 1 if found else effort.starts)
    least = min((len(network.luts) for network in found), default=None)
    if least is None or diagram_size(columns, orders[0]) <= _DIAGRAM_NODES_PER_LUT * least:
        natural = tuple(range(variables))
        tried = list(dict.fromkeys([*orders[: effort.orders], natural]))
        starts = [
            start
            for order in tried
            for start in (
                (table_blif(columns, order), "collapse; muxes; "),
                (diagram_blif(columns, order), ""),
            )
        ]
        found += run_scripts(starts, effort.scripts, variables, width, abc, deadline=deadline)
    # Variable 0 is the address's highest bit; a network's input 0 is its lowest.
    found = [reversed_inputs(network) for network in found]
    reused = reuse_outputs(table, width)
    if reused is not None:
        found.append(reused)
    if not found or time.monotonic() >= deadline:
        return _best_whole(found, table, width)
    return min(found, key=lambda network: (len(network.luts), network.depth))


def _best_whole(found: list[LutNetwork], table: Array, width: int) -> LutNetwork:
    """The smallest of those that are right: what was written while time ran out may not be."""
    right = [network for network in found if realises(network, table, width)]
    right.append(shannon_network(table, width))
    return min(right, key=lambda network: (len(network.luts), network.depth))


def run_scripts(
    starts: Iterable[tuple[str, str]],
    scripts: Sequence[str],
    variables: int,
    width: int,
    abc: Tool,
    *,
    deadline: float = math.inf,
    known: Mapping[str, str] = _SCRIPTS,
) -> list[LutNetwork]:
    """Networks that scripts make of starting structures.

    Args:
        starts: BLIF and commands that come before every script.
        scripts: names of scripts.
        variables: input bits, ``i0`` and so on.
        width: output bits.
        abc: see `logicjsc.map.abc.find_abc`.
        deadline: when to stop, of `time.monotonic`. What was written until then, or within ten
            minutes, is returned, and need not be whole.
        known: the scripts, by name.

    Raises:
        ToolFailedError: ABC failed, or wrote what cannot be read.
    """
    commands, results = [], []
    with temporary_folder("map") as folder:
        for index, (text, prefix) in enumerate(starts):
            (folder / f"start{index}.blif").write_text(text, encoding="ascii")
            for script in scripts:
                results.append(f"start{index}_{script}.blif")
                commands += [
                    f"read_blif start{index}.blif",
                    prefix + known[script],
                    f"write_blif {results[-1]}",
                ]
        if not results:
            return []
        left = min(_SECONDS, max(deadline - time.monotonic(), _SHORTEST))
        try:
            run_script(abc, commands, folder, results, left)
        except ToolTimeoutError:
            return list(_whole_networks(folder, results, variables, width))
        texts = [(folder / result).read_text(encoding="ascii") for result in results]
    return [parse_network(text, variables, width) for text in texts]


def _whole_networks(
    folder: Path, results: Sequence[str], variables: int, width: int
) -> Iterator[LutNetwork]:
    """Networks that were written before time ran out, but for what cannot be read."""
    for result in results:
        if (folder / result).is_file():
            with suppress(ToolFailedError, NetlistError):
                text = (folder / result).read_text(encoding="ascii")
                yield parse_network(text, variables, width)


def reversed_inputs(network: LutNetwork) -> LutNetwork:
    """A network that takes its inputs in the opposite order."""
    names = list(range(network.first_lut + len(network.luts)))
    names[CONSTANTS : network.first_lut] = names[CONSTANTS : network.first_lut][::-1]
    luts = tuple(
        Lut(tuple(names[source] for source in lut.inputs), lut.table) for lut in network.luts
    )
    return LutNetwork(network.inputs, luts, tuple(names[output] for output in network.outputs))


def _direct(table: Array, width: int) -> LutNetwork:
    """At most one LUT per output bit: nothing smaller exists but constants, wires and repeats."""
    inputs = table.size.bit_length() - 1
    luts: list[Lut] = []
    outputs: list[int] = []
    for bit in range(width):
        column = ((table >> bit) & 1).astype(np.uint8)
        used, reduced = _support(column)
        packed = sum(int(value) << row for row, value in enumerate(reduced))
        lut = Lut(tuple(CONSTANTS + source for source in used), packed)
        if not used:
            outputs.append(packed)
        elif len(used) == 1 and packed == 0b10:  # noqa: PLR2004 - the input itself
            outputs.append(lut.inputs[0])
        else:
            if lut not in luts:
                luts.append(lut)
            outputs.append(CONSTANTS + inputs + luts.index(lut))
    return LutNetwork(inputs, tuple(luts), tuple(outputs))


def _support(column: Array) -> tuple[list[int], Array]:
    """The inputs a column depends on, lowest first, and the column over them alone."""
    inputs = column.size.bit_length() - 1
    cube = column.reshape((2,) * inputs)
    used = []
    for axis in reversed(range(inputs)):
        low = np.take(cube, [0], axis=axis)
        if (low == np.take(cube, [-1], axis=axis)).all():
            cube = low
        else:
            used.append(inputs - 1 - axis)
    return used, cube.ravel()
