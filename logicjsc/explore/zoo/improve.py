"""A committed point with fewer LUTs: searched for across nodes, and verified like a new one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from logicjsc.artefacts.sources import POINT
from logicjsc.core.errors import ConfigError, ToolFailedError
from logicjsc.core.executor import Jobs
from logicjsc.core.files import atomic_directory
from logicjsc.core.temporary import temporary_folder
from logicjsc.explore.zoo.add import check_written, whole_rung, write_solution
from logicjsc.explore.zoo.checks import features_of, own_samples
from logicjsc.explore.zoo.figures import Figures
from logicjsc.explore.zoo.lut_file import load_luts
from logicjsc.explore.zoo.mapping import Found
from logicjsc.explore.zoo.measure import Measuring, OnStep, find_both, solution_of
from logicjsc.explore.zoo.points import CONFIG, LUTS, NETLIST, Point, read_point
from logicjsc.netlist import digest_of, load_netlist


def improve_point(
    folder: Path, seconds: float, on_step: OnStep, *, jobs: Jobs | None = None
) -> tuple[Point, Point]:
    """Search for fewer LUTs of a point, alone and with its encoder; write it again if there are.

    Netlist, accuracy and seeds stay as they are, and what was placed and routed is dropped, since
    it was another circuit. A point that does not get smaller is not touched.

    Args:
        folder: with ``point.toml``.
        seconds: time of each of the two searches, about.
        on_step: called with what comes next.
        jobs: processes, by default one per core, or an executor.

    Returns:
        The point before and after; the same one twice if nothing smaller was found.

    Raises:
        ConfigError: ``point.toml`` is damaged, or belongs to another netlist.
        NetlistError: the netlist is missing or damaged.
        ToolError: a tool is missing or failed, or a check did not hold; nothing was written.
    """
    before, netlist = read_point(folder / POINT), load_netlist(folder / NETLIST)
    if digest_of(netlist) != before.header.netlist_digest:
        raise ConfigError(f"{folder / POINT} belongs to another netlist than {NETLIST} beside it")
    known = load_luts(folder / LUTS)
    measuring = Measuring(
        before.header.effort, seconds=seconds, yosys=bool(before.figures.yosys), jobs=jobs
    )
    words = None if before.words is None else before.words.format
    core, encoded, notes = find_both(netlist, words, measuring, on_step, known)
    if not _smaller(core, encoded, before.figures):
        return before, before
    solution = solution_of(core, encoded, notes, measuring, on_step)
    after = replace(before, figures=solution.figures, placed=None)
    on_step("simulating the whole circuit")
    with temporary_folder("zoo") as name:
        found = solution.encoded or solution.core
        rung = whole_rung(found, Path(name, "whole"), features_of(netlist, own_samples(netlist)))
    if not rung.ok:
        raise ToolFailedError(f"{rung.name} does not hold; nothing was written")
    with atomic_directory(folder, POINT) as temporary:
        for kept in (NETLIST, CONFIG):
            shutil.copyfile(folder / kept, temporary / kept)
        write_solution(solution, known, after, temporary)
        # Its Verilog is proven for every input; what was simulated is the whole circuit.
        check_written(temporary, on_step, quick=0)
    return before, after


def _smaller(core: Found, encoded: Found | None, recorded: Figures) -> bool:
    """Whether an area became smaller, and none larger."""
    gains = [recorded.core.lut - core.mapped.luts]
    if encoded is not None and recorded.encoded is not None:
        gains.append(recorded.encoded.lut - encoded.mapped.luts)
    return min(gains) >= 0 and max(gains) > 0
