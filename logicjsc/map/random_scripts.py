"""Random scripts of ABC, and random texts of one network.

What a script makes of a network depends on the order in which inputs, outputs and LUTs are written
down as well: ties are broken by it. So a network is written in a random order, goes through random
passes over and-inverter graphs, and is mapped and packed with random parameters. All of it is drawn
from one generator of random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from logicjsc.map.lut_network import LUT_INPUTS, Lut, LutNetwork

Draw: TypeAlias = Callable[[int, int], int]
"""A random whole number from the first up to, but without, the second."""

_GRAPH_PASSES: Final = ("balance", "balance -x", "rewrite", "rewrite -z", "refactor", "dc2")
_NEW_GRAPH_PASSES: Final = ("&syn2", "&syn3", "&syn4", "&dc2", "&dch", "&b", "&st; &dsdb")
_PACKED: Final = "mfs2 -a -e -W 8 -F 100 -D 100 -L 200"
"""Ends every script; see `logicjsc.map.portfolio`."""

_MOST_RESHAPED: Final = 3
_WITHOUT_GRAPH: Final = 7
"""One script in so many keeps the LUTs, and only resubstitutes and packs."""


def random_script(rng: np.random.Generator) -> str:
    """Commands that make LUTs of a network; those of ABC that were seen to fail are not among them.

    Passes that take minutes on a hundred LUTs are not, either.
    """

    def draw(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    if not draw(0, _WITHOUT_GRAPH):
        return f"sweep; {_packing(draw)}"
    parts = [_reshaping(draw) for _ in range(draw(0, _MOST_RESHAPED))]
    return "; ".join([*parts, _mapping(draw), _packing(draw)])


def _reshaping(draw: Draw) -> str:
    """Another and-inverter graph of the same function."""
    kind = draw(0, 9)
    if kind <= 1:
        passes = [_graph_pass(draw) for _ in range(draw(1, 6))]
        return f"strash; {'; '.join(passes)}"
    if kind == 2:  # noqa: PLR2004 - one kind of nine
        return "strash; dch; strash"
    if kind <= 5:  # noqa: PLR2004 - three of nine
        return f"strash; &get -n; {_NEW_GRAPH_PASSES[draw(0, len(_NEW_GRAPH_PASSES))]}; &put"
    if kind == 6:  # noqa: PLR2004 - one of nine
        return f"strash; &get -n; &randsyn -S {draw(1, 100)}; &put"
    # Through smaller LUTs, or cut by what they add to the graph.
    return f"strash; if -K {draw(3, 6)} -a" if draw(0, 2) else f"strash; if -K {draw(4, 7)} -g"


def _graph_pass(draw: Draw) -> str:
    kind = draw(0, len(_GRAPH_PASSES) + 2)
    if kind < len(_GRAPH_PASSES):
        return _GRAPH_PASSES[kind]
    return f"resub -K {draw(5, 13)} -N {draw(0, 4)}{' -z' if draw(0, 2) else ''}"


def _mapping(draw: Draw) -> str:
    kind = draw(0, 9)
    if kind <= 6:  # noqa: PLR2004 - seven of nine
        choices = "dch; " if draw(0, 3) else ""
        cuts = f"-C {draw(6, 25)} -F {draw(1, 6)} -A {draw(1, 6)}"
        return f"strash; {choices}if -K {LUT_INPUTS} -a {cuts}"
    if kind == 7:  # noqa: PLR2004 - one of nine
        mapper = "&mf" if draw(0, 2) else "&if"
        return f"strash; &get -n; {mapper} -K {LUT_INPUTS} -a; &put"
    window = draw(32, 128)
    return f"strash; &get -n; &if -K {LUT_INPUTS} -a; &satlut -N {window} -C 1000; &put"


def _packing(draw: Draw) -> str:
    """Resubstitution with don't-cares, and packing of LUTs into fewer."""

    def one() -> str:
        if draw(0, 2):
            area = " -a" if draw(0, 3) else ""
            width, readers, nodes = draw(2, 10), draw(5, 100), draw(100, 1000)
            return f"mfs2 -e{area} -W {width} -F {readers} -D 100 -L 200 -M {nodes}"
        even = " -z" if draw(0, 2) else ""
        return f"lutpack{even} -N {draw(2, 8)} -S {draw(0, 4)} -Q {draw(0, 5)} -L 200"

    return "; ".join([*(one() for _ in range(draw(1, 5))), _PACKED])


def shuffled_blif(network: LutNetwork, rng: np.random.Generator) -> str:
    """A network as `network_blif` writes it, with everything in a random order.

    Inputs ``i<k>`` and outputs ``o<k>`` keep their names, but are declared in another order; LUTs
    come in another topological order, and each with its inputs in another.
    """
    names = ["n0", "n1", *(f"i{index}" for index in range(network.inputs))]
    names += [f"l{index}" for index in range(len(network.luts))]
    inputs = rng.permutation(network.inputs).tolist()
    outputs = rng.permutation(len(network.outputs)).tolist()
    lines = [
        f".model node\n.inputs {' '.join(f'i{index}' for index in inputs)}\n",
        f".outputs {' '.join(f'o{index}' for index in outputs)}\n.names n0\n.names n1\n1\n",
    ]
    for place in _random_order(network, rng):
        lut = _with_inputs_moved(network.luts[place], rng)
        count = len(lut.inputs)
        read = " ".join(names[source] for source in lut.inputs)
        ones = (row for row in range(1 << count) if lut.table >> row & 1)
        cover = "".join(f"{row:0{count}b}"[::-1] + " 1\n" if count else "1\n" for row in ones)
        lines.append(f".names {read} l{place}\n{cover}")
    lines += [f".names {names[network.outputs[index]]} o{index}\n1 1\n" for index in outputs]
    return "".join([*lines, ".end\n"])


def _random_order(network: LutNetwork, rng: np.random.Generator) -> list[int]:
    """A random topological order of the LUTs."""
    readers: list[set[int]] = [set() for _ in network.luts]
    missing = []
    for place, lut in enumerate(network.luts):
        sources = {s - network.first_lut for s in lut.inputs if s >= network.first_lut}
        missing.append(len(sources))
        for source in sources:
            readers[source].add(place)
    ready = [place for place, count in enumerate(missing) if not count]
    order = []
    while ready:
        order.append(ready.pop(int(rng.integers(len(ready)))))
        for reader in sorted(readers[order[-1]]):
            missing[reader] -= 1
            if not missing[reader]:
                ready.append(reader)
    return order


def _with_inputs_moved(lut: Lut, rng: np.random.Generator) -> Lut:
    count = len(lut.inputs)
    places = rng.permutation(count).tolist()
    table = 0
    for row in range(1 << count):
        # Bit ``j`` of the new index is input ``places[j]`` of the old one.
        old = sum((row >> new & 1) << place for new, place in enumerate(places))
        table |= (lut.table >> old & 1) << row
    return Lut(tuple(lut.inputs[place] for place in places), table)
