"""Whether a committed point is what it says: digest, decisions, LUTs and Verilog."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.config import DataConfig
from logicjsc.data import JetData
from logicjsc.data.splits import load_test
from logicjsc.errors import LogicjscError
from logicjsc.frontier.accuracy import score
from logicjsc.frontier.lut_file import load_luts
from logicjsc.frontier.mapping import ACROSS, BY_NODE, LUT_EFFORT, Found
from logicjsc.frontier.points import ACROSS_NETLIST, LUTS, NETLIST, POINT, Point, Tested, read_point
from logicjsc.map.across import prove_rewritten
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, digest_of, load_netlist
from logicjsc.rtl import Circuit

MOST_SIMULATED: Final = 2000
"""Verilog of more LUTs takes Verilator's compiler more than a few seconds."""


@dataclass(frozen=True)
class Check:
    """One thing that a point says.

    Attributes:
        name: what it is.
        ok: whether it is so.
        found: what was found.
    """

    name: str
    ok: bool
    found: str


def check_point(
    folder: Path, *, data: Path | None = None, most_simulated: int = MOST_SIMULATED
) -> Iterator[Check]:
    """Verify a point; nothing in it is believed, its LUTs are proven table by table.

    Args:
        folder: with ``point.toml``.
        data: the jets that the point was tested on, to test it on them again; by default on the
            bundled ones alone.
        most_simulated: circuits of at most so many LUTs are simulated with Verilator; of larger
            ones the text of the Verilog is read back and compared on every address.

    Raises:
        ConfigError: ``point.toml`` is missing or damaged.
        NetlistError: the netlist is missing or damaged.
        ToolError: a tool is missing.
    """
    point = read_point(folder / POINT)
    netlist = load_netlist(folder / NETLIST)
    digest = digest_of(netlist)
    same = digest == point.header.netlist_digest
    yield Check("digest of the netlist", same, digest[:16])
    bundled = load_test(DataConfig())
    yield _decisions("bundled test jets", netlist, point, point.bundled, bundled)
    if data is not None:
        test = load_test(DataConfig(path=str(data)))
        yield _decisions("test jets", netlist, point, point.test, test)
    try:
        found = recorded_luts(folder, netlist, point)
    except LogicjscError as error:
        yield Check("LUTs", ok=False, found=str(error))
        return
    recorded = point.figures.core.lut
    luts = found.mapped.luts
    yield Check("LUTs, proven", luts <= recorded, f"{luts:,}, recorded {recorded:,}")
    with tempfile.TemporaryDirectory(prefix="logicjsc-zoo-") as name:
        yield from _verilog(found.write(Path(name, "circuit")), bundled, luts <= most_simulated)


def recorded_luts(folder: Path, netlist: Netlist, point: Point) -> Found:
    """The LUTs that a point was committed with, proven equal to its netlist.

    Those of a table that the file lacks, or has wrong, are searched for anew.

    Raises:
        LogicjscError: a file is damaged, or LUTs differ from the netlist.
    """
    known = load_luts(folder / LUTS)
    mapped = map_netlist(netlist, effort=point.header.effort, jobs=1, known=known)
    if point.figures.core.way == BY_NODE:
        return Found(mapped, BY_NODE, netlist.depth)
    rewritten = load_netlist(folder / ACROSS_NETLIST)
    prove_rewritten(mapped, rewritten)
    again = map_netlist(rewritten, effort=LUT_EFFORT, jobs=1, known=known)
    return Found(again, ACROSS, netlist.depth)


def _decisions(name: str, netlist: Netlist, point: Point, recorded: Tested, jets: JetData) -> Check:
    """Number of jets in their class, which must be the recorded one exactly."""
    if jets.fingerprint() != recorded.fingerprint:
        return Check(name, ok=False, found="these are other jets than the recorded ones")
    right = score(netlist, jets).right
    by_words = -1
    if point.words is not None:
        by_words = score(netlist, jets, point.words.format).right
    ok = (right, by_words) == (recorded.right, recorded.right_by_words)
    found = f"{right:,} of {len(jets):,} in their class, recorded {recorded.right:,}"
    if point.words is not None:
        found += f"; from words {by_words:,}, recorded {recorded.right_by_words:,}"
    return Check(name, ok, found)


def _verilog(circuit: Circuit, jets: JetData, simulated: bool) -> Iterator[Check]:  # noqa: FBT001
    from logicjsc.verify.ladder import Rungs
    from logicjsc.verify.simulator import build_simulator
    from logicjsc.verify.table_text import compare_tables

    if not simulated:
        rows, differing = compare_tables(circuit)
        ok = rows > 0 and not differing
        yield Check(
            "Verilog, every table row", ok, f"{rows:,} rows, {differing:,} differ; not simulated"
        )
        return
    for rung in Rungs(circuit.netlist, jets.features, build_simulator(circuit)).climb():
        found = f"{rung.vectors:,} compared, {rung.mismatches:,} differ"
        yield Check(rung.name, rung.ok, found)
