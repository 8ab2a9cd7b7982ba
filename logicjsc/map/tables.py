"""LUTs of a netlist's tables, for code that adds by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from logicjsc.core.executor import Jobs
from logicjsc.core.progress import OnProgress, silent
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Layer, Netlist, SumLayer, TableLayer
from logicjsc.netlist.passes import drop_dead_nodes


def map_tables(
    netlist: Netlist,
    *,
    effort: str = "low",
    jobs: Jobs | None = None,
    on_progress: OnProgress = silent,
) -> list[LutNetwork | None]:
    """LUTs of each layer of the netlist without dead nodes; None for sums, however wide.

    Args:
        netlist: the network.
        effort: ``low``, ``medium`` or ``high``.
        jobs: processes, by default one per core, or an executor.
        on_progress: told of finished tables.

    Raises:
        ToolError: ABC is missing, failed, or gave a wrong network.
    """
    live = drop_dead_nodes(netlist)
    # To the mapper a sum is a constant of the same width, so all bits keep their places. All
    # signals are outputs, for what only a sum reads would be dead.
    stand_in = replace(
        live,
        layers=tuple(_constant_for(layer) for layer in live.layers),
        outputs=np.arange(live.signals),
        decoder=None,
    )
    mapped = map_netlist(stand_in, effort=effort, jobs=jobs, on_progress=on_progress)
    return [
        None if isinstance(layer, SumLayer) else area.network
        for layer, area in zip(live.layers, mapped.layers, strict=True)
    ]


def _constant_for(layer: Layer) -> TableLayer:
    if isinstance(layer, TableLayer):
        return layer
    return TableLayer(
        layer.name,
        layer.stage,
        np.zeros((layer.nodes, 0), np.int32),
        np.zeros((layer.nodes, 1), np.uint8),
        layer.widths,
        layer.signed,
    )
