"""Netlist to C."""

from __future__ import annotations

from pathlib import Path

from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.emit.c.library import Library, write_library
from logicjsc.map.tables import map_tables
from logicjsc.netlist import Netlist


def export_c(
    netlist: Netlist,
    out: Path,
    *,
    effort: str = "medium",
    jobs: Jobs | None = None,
    on_progress: OnProgress = silent,
) -> Library:
    """Write the C of a netlist; see `write_library` and `map_tables`."""
    luts = map_tables(netlist, effort=effort, jobs=jobs, on_progress=on_progress)
    return write_library(netlist, out, luts, on_progress)
