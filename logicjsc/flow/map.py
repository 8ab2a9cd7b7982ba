"""Netlist to 6-input LUTs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from logicjsc.files import write_text
from logicjsc.flow.circuit import build_netlist
from logicjsc.flow.sources import Source
from logicjsc.map.blif import mapped_blif
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.netlist import digest_of


@dataclass(frozen=True)
class LayerArea:
    """LUTs of one layer.

    Attributes:
        layer: its name.
        nodes: live nodes.
        table_bits: truth-table bits.
        lut: LUTs of one to six inputs, inverters included.
        depth: LUTs on the longest path through the layer.
    """

    layer: str
    nodes: int
    table_bits: int
    lut: int
    depth: int


@dataclass(frozen=True)
class MapReport:
    """What mapping reached.

    Attributes:
        name: the netlist's name.
        netlist_digest: digest of the netlist as given.
        effort: how hard was searched.
        lut: LUTs of the network; encoder and argmax are not part of it.
        depth: LUTs on the longest path from input to output.
        layers: areas by layer.
        out: BLIF file written, if any.
    """

    name: str
    netlist_digest: str
    effort: str
    lut: int
    depth: int
    layers: tuple[LayerArea, ...]
    out: str | None

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def map_source(
    source: Source,
    *,
    effort: str,
    jobs: int | None,
    out: Path | None,
    on_progress: Callable[[int, int], None],
) -> MapReport:
    """Map the netlist of a run, an ONNX model, a netlist or a circuit; every table is proven."""
    netlist = build_netlist(source)
    mapped = map_netlist(netlist, effort=effort, jobs=jobs, on_progress=on_progress)
    if out is not None:
        write_text(out, mapped_blif(mapped.netlist, [layer.network for layer in mapped.layers]))
    return MapReport(
        name=netlist.name,
        netlist_digest=digest_of(netlist),
        effort=effort,
        lut=mapped.luts,
        depth=mapped.depth,
        layers=tuple(_areas(mapped)),
        out=str(out) if out is not None else None,
    )


def _areas(mapped: MappedNetlist) -> list[LayerArea]:
    return [
        LayerArea(
            layer=layer.name,
            nodes=layer.nodes,
            table_bits=sum(
                int(width) << int(mapped.netlist.widths[sources].sum())
                for width, sources in zip(layer.widths, layer.inputs, strict=True)
            ),
            lut=len(area.network.luts),
            depth=area.network.depth,
        )
        for layer, area in zip(mapped.netlist.layers, mapped.layers, strict=True)
    ]
