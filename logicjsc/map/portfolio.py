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
from logicjsc.map.additive import Additive, additive_forms
from logicjsc.map.additive_blif import additive_blif, additive_core
from logicjsc.map.blif import diagram_blif, parse_network, table_blif
from logicjsc.map.decision_diagram import Order, diagram_size, good_orders, output_columns
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
_FEW: Final = "if -K 6 -a -C 8"
"""The same with fewer cuts, in half of the time."""

_WIDE: Final = "mfs2 -a -e -W 8 -F 100 -D 50 -L 200"
"""Resubstitution in wide windows, any depth: these networks are small enough."""

_NEAR: Final = "mfs2 -a -e -W 4 -F 30 -D 50 -L 200"
"""The same in narrow ones, for networks of few LUTs."""

_PACK: Final = "lutpack -S 3"
_SCRIPTS: Final = {
    "labels": f"strash; dch; {_MAP}; {_NEAR}",
    "labels_twice": (
        f"strash; &get -n; &syn2; &put; dch; {_FEW}; {_NEAR}; strash; dch; {_FEW}; {_NEAR}"
    ),
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


_DIAGRAM_NODES_PER_LUT: Final = 4
"""Diagrams with more nodes per LUT of the best network so far never win."""

_LOOKS: Final = 1
"""Random orders whose diagrams are counted before one is sifted."""

_SIFTED: Final = 2
"""How many times larger a diagram may be for sifting to be tried."""


@dataclass(frozen=True)
class Effort:
    """How hard to search.

    Attributes:
        cuts: ways to cut an address into the labels of a sum.
        forms: sums that are tried, the cheapest by estimate.
        core_scripts: names of the scripts that each of them meets behind its labels.
        sum_scripts: names of the scripts that each of them meets as a whole.
        starts: starts of the search for orders of the variables.
        orders: best orders that are tried, beside the order as given.
        scripts: names of the scripts that each diagram and list of ones meets.
        known_as: stands for all of this where networks are kept. It stays when a search merely
            becomes better or faster: what was found before is proven again, and as welcome.
    """

    cuts: int
    forms: int
    core_scripts: tuple[str, ...]
    sum_scripts: tuple[str, ...]
    starts: int
    orders: int
    scripts: tuple[str, ...]
    known_as: str


EFFORTS: Final = {
    "low": Effort(
        10, 1, ("labels",), (), starts=1, orders=1, scripts=("wide",), known_as="low, labels"
    ),
    "medium": Effort(
        40,
        2,
        ("labels_twice",),
        (),
        starts=4,
        orders=2,
        scripts=("wide", "twice"),
        # Points of the zoo were written when these were its attributes.
        known_as=(
            "Effort(cuts=40, forms=3, sum_scripts=('wide', 'twice', 'choices'), starts=4, "
            "orders=2, scripts=('wide', 'twice'))"
        ),
    ),
    "high": Effort(
        200,
        12,
        ("labels", "labels_twice"),
        ("wide", "twice", "choices", "narrow"),
        starts=10,
        orders=5,
        scripts=("narrow", "wide", "twice"),
        known_as="high, labels",
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
    forms = additive_forms(table, width, effort.cuts, most=effort.forms)[: effort.forms]
    found = _sums(forms, width, abc, effort, deadline)
    if time.monotonic() >= deadline:
        return _best_whole([reversed_inputs(network) for network in found], table, width)
    least = min((len(network.luts) for network in found), default=None)
    orders: list[Order] = []
    if least is None or _may_be_small(columns, rng, _DIAGRAM_NODES_PER_LUT * least):
        orders = good_orders(columns, rng, 1 if found else effort.starts)
    if orders and (
        least is None or diagram_size(columns, orders[0]) <= _DIAGRAM_NODES_PER_LUT * least
    ):
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


def _sums(
    forms: Sequence[Additive], width: int, abc: Tool, effort: Effort, deadline: float
) -> list[LutNetwork]:
    """Networks of a table's forms as a sum; input 0 is the address's highest bit."""
    cores = [core for core in (additive_core(form, width) for form in forms) if core is not None]
    starts = [Start(core.text, "", core.inputs) for core in cores]
    results = _run(starts, effort.core_scripts, width, abc, deadline)
    found = [cores[place].with_labels(network) for place, network in results]
    if effort.sum_scripts:
        texts = (additive_blif(form, width) for form in forms)
        bits = sum(len(group) for group in forms[0].groups) if forms else 0
        whole = [Start(text, "", bits) for text in texts if text is not None]
        results = _run(whole, effort.sum_scripts, width, abc, deadline)
        found += [network for _, network in results]
    return found


def _may_be_small(columns: Array, rng: np.random.Generator, most: int) -> bool:
    """Whether sifting may lead to a diagram of so many nodes: it rarely halves one."""
    variables = columns.ndim - 1
    orders = [tuple(range(variables))]
    orders += [tuple(rng.permutation(variables).tolist()) for _ in range(_LOOKS)]
    return any(diagram_size(columns, order) <= _SIFTED * most for order in orders)


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
    whole = [Start(text, prefix, variables) for text, prefix in starts]
    results = _run(whole, scripts, width, abc, deadline, known)
    return [network for _, network in results]


@dataclass(frozen=True)
class Start:
    """A starting structure: BLIF, commands that come before every script, and input bits."""

    text: str
    prefix: str
    inputs: int


def _run(  # noqa: PLR0917 - as `run_scripts`
    starts: Sequence[Start],
    scripts: Sequence[str],
    width: int,
    abc: Tool,
    deadline: float,
    known: Mapping[str, str] = _SCRIPTS,
) -> list[tuple[int, LutNetwork]]:
    """Like `run_scripts`, with the place of the start that each network was made from."""
    commands, results = [], []
    with temporary_folder("map") as folder:
        for index, start in enumerate(starts):
            (folder / f"start{index}.blif").write_text(start.text, encoding="ascii")
            for script in scripts:
                result = f"start{index}_{script}.blif"
                results.append((index, result))
                commands += [
                    f"read_blif start{index}.blif",
                    start.prefix + known[script],
                    f"write_blif {result}",
                ]
        if not results:
            return []
        left = min(_SECONDS, max(deadline - time.monotonic(), _SHORTEST))
        try:
            run_script(abc, commands, folder, [name for _, name in results], left)
        except ToolTimeoutError:
            return list(_whole_networks(folder, results, starts, width))
        texts = [(index, (folder / name).read_text(encoding="ascii")) for index, name in results]
    return [(index, parse_network(text, starts[index].inputs, width)) for index, text in texts]


def _whole_networks(
    folder: Path, results: Sequence[tuple[int, str]], starts: Sequence[Start], width: int
) -> Iterator[tuple[int, LutNetwork]]:
    """Networks that were written before time ran out, but for what cannot be read."""
    for index, name in results:
        if (folder / name).is_file():
            with suppress(ToolFailedError, NetlistError):
                text = (folder / name).read_text(encoding="ascii")
                yield index, parse_network(text, starts[index].inputs, width)


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
