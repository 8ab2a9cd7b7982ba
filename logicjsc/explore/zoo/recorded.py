"""The LUTs that a point was committed with, proven again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from logicjsc.core.errors import ToolFailedError
from logicjsc.dataset.samples import Array
from logicjsc.explore.zoo.figures import Area
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.mapping import (
    ACROSS,
    BY_NODE,
    CHAINS,
    LUT_EFFORT,
    Found,
    find_luts,
    whole_luts,
)
from logicjsc.explore.zoo.points import ACROSS_NETLIST, ENCODED_NETLIST, LUTS, Point
from logicjsc.map.across import prove_rewritten
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist, evaluate, load_netlist
from logicjsc.netlist.word_inputs import with_word_inputs


def recorded_luts(
    folder: Path, netlist: Netlist, point: Point, vectors_of: Array | None = None
) -> Found:
    """The LUTs that a point was committed with, proven equal to its netlist.

    Those of a table that the file lacks, or has wrong, are searched for anew. With ``vectors_of``,
    LUTs that were rewritten across nodes are not proven but compared on these features ``[samples,
    features]`` and on random and corner codes.

    Raises:
        LogicjscError: a file is damaged, or LUTs differ from the netlist.
    """
    known = load_luts(folder / LUTS)
    rewritten = None
    if point.figures.core.way == ACROSS:
        rewritten = load_netlist(folder / ACROSS_NETLIST)
    mapped = _mapped(netlist, point.figures.core, point.header.effort, known)
    if rewritten is None:
        return _by_node(mapped, point.figures.core, netlist)
    if vectors_of is None:
        prove_rewritten(mapped, rewritten)
    else:
        _compare(netlist, rewritten, vectors_of)
    return _across(rewritten, netlist, known)


def recorded_encoded(folder: Path, netlist: Netlist, point: Point) -> Found | None:
    """The LUTs of the network with its encoder, proven equal to both; None if there are none.

    Where the file of LUTs across nodes is missing, a few scripts rewrite them again.

    Raises:
        LogicjscError: a file is damaged, or LUTs differ from the netlist.
    """
    area = point.figures.encoded
    if area is None or point.words is None:
        return None
    known = load_luts(folder / LUTS)
    whole, effort = with_word_inputs(netlist, point.words.format), point.header.effort
    if area.way == ACROSS and not (folder / ENCODED_NETLIST).is_file():
        return find_luts(whole, effort=effort, jobs=1, known=known)
    mapped = _mapped(whole, area, effort, known)
    if area.way != ACROSS:
        return _by_node(mapped, area, netlist)
    rewritten = load_netlist(folder / ENCODED_NETLIST)
    prove_rewritten(mapped, rewritten)
    return _across(rewritten, netlist, known)


def recorded_whole(folder: Path, netlist: Netlist, point: Point) -> MappedNetlist | None:
    """The LUTs of the whole circuit, words in and decision out; None if it takes no words.

    Those of the network with its encoder are the recorded ones; the decision is mapped.

    Raises:
        LogicjscError: a file is damaged, LUTs differ from the netlist, or nothing is known of the
            decision.
    """
    encoded = recorded_encoded(folder, netlist, point)
    if encoded is None:
        return None
    effort, known = point.header.effort, load_luts(folder / LUTS)
    return whole_luts(encoded, effort=effort, jobs=1, known=known)


def _mapped(
    netlist: Netlist, area: Area, effort: str, known: dict[str, LutNetwork]
) -> MappedNetlist:
    adders: Adders = "carry" if area.way == CHAINS else "lut"
    return map_netlist(netlist, effort=effort, adders=adders, jobs=1, known=known)


def _by_node(mapped: MappedNetlist, area: Area, netlist: Netlist) -> Found:
    return Found(mapped, CHAINS if area.way == CHAINS else BY_NODE, netlist.depth)


def _across(rewritten: Netlist, netlist: Netlist, known: dict[str, LutNetwork]) -> Found:
    again = map_netlist(rewritten, effort=LUT_EFFORT, jobs=1, known=known)
    return Found(again, ACROSS, netlist.depth)


def _compare(netlist: Netlist, rewritten: Netlist, features: Array) -> None:
    """Compare two netlists on vectors.

    Raises:
        ToolFailedError: they differ.
    """
    from logicjsc.netlist.vectors import verification_vectors

    for name, codes in verification_vectors(netlist, features).items():
        if not np.array_equal(evaluate(netlist, codes), evaluate(rewritten, codes)):
            raise ToolFailedError(f"the LUTs across nodes differ from the netlist on {name}")
