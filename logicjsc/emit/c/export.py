"""Netlist to C."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from logicjsc.artefacts.circuit import build_netlist
from logicjsc.artefacts.sources import DEFAULT_CIRCUITS, Source
from logicjsc.emit.c.library import Library, write_library
from logicjsc.map.tables import map_tables


def export_c(
    source: Source,
    out: Path | None,
    *,
    effort: str,
    jobs: int | None = None,
    address_limit: int | None = None,
    on_table: Callable[[int, int], None] | None = None,
    on_layer: Callable[[int, int], None] | None = None,
) -> Library:
    """Write the C of a run, an ONNX model, a netlist or a circuit.

    By default to ``hw/build/<name>-c``; see `write_library` and `map_tables`.
    """
    netlist = build_netlist(source, address_limit, on_table)
    luts = map_tables(netlist, effort=effort, jobs=jobs, on_progress=on_table)
    return write_library(netlist, out or DEFAULT_CIRCUITS / f"{source.name}-c", luts, on_layer)
