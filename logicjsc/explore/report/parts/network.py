"""The network drawn: layers, wires, and for each neuron its inputs, table, LUTs and slack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import LogicjscError
from logicjsc.explore.report.elements import Element, Note, Plot
from logicjsc.explore.report.figures import axis, line
from logicjsc.explore.report.lut_use import luts_of_nodes
from logicjsc.explore.report.node_timing import NodeTiming
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.netlist import Netlist, TableLayer
from logicjsc.netlist.layers import Array, Layer
from logicjsc.netlist.passes import drop_dead_nodes

_MOST_NODES: Final = 300
"""Neurons that are drawn of one stage."""

_MOST_WIRES: Final = 20_000
_MOST_ROWS: Final = 4096
"""Rows of a table that is drawn."""

_MOST_DIGITS: Final = 2_000_000
"""Hexadecimal digits of all tables on the page."""

_MOST_INPUTS: Final = 24
"""Inputs of a neuron that are named."""


def _make(subject: Subject) -> Iterator[Element]:
    netlist = drop_dead_nodes(subject.netlist)
    missing = ""
    try:
        luts, timing = luts_of_nodes(subject.mapped), subject.timing
    except LogicjscError as error:
        luts, timing, missing = {}, None, str(error)
    heights = _heights(netlist)
    drawn = np.flatnonzero(np.abs(heights) <= _MOST_NODES / 2)
    wires, all_wires = _wires(netlist, heights, set(drawn.tolist()))
    nodes = _Nodes(netlist, luts, timing)
    entries = [nodes.entry(int(signal)) for signal in drawn]
    stages = netlist.stages
    names = ["inputs" if not stage else f"stage {stage}" for stage in range(netlist.depth + 1)]
    traces = [
        wires,
        {
            "type": "scatter",
            "mode": "markers",
            "name": "neurons",
            "x": stages[drawn].tolist(),
            "y": heights[drawn].tolist(),
            "customdata": list(range(len(drawn))),
            "hoverinfo": "none",
            "marker": {"size": 9, "color": _colours(netlist, drawn)},
        },
    ]
    layout = {
        "xaxis": axis("", tickvals=list(range(len(names))), ticktext=names),
        "yaxis": {"visible": False, "autorange": "reversed"},
        "showlegend": False,
        "hovermode": "closest",
    }
    yield Plot("Point at a neuron, or click on it", traces, layout, height=560, nodes=entries)
    if missing:
        yield Note(f"Missing: LUTs and times of the neurons: {missing}", missing=True)
    if timing is not None:
        yield Note(
            f"Slack is measured against the slowest neuron, {timing.period_ps:,.0f} ps from "
            f"register to register, with a register behind every layer: {timing.note}"
        )
    if len(drawn) < netlist.signals:
        yield Note(
            f"{len(drawn):,} of {netlist.signals:,} inputs and neurons are drawn, those in the "
            f"middle of each stage."
        )
    if len(wires["x"]) < 3 * all_wires:
        yield Note(f"{len(wires['x']) // 3:,} of {all_wires:,} wires are drawn.")
    if nodes.tables_left_out:
        yield Note(
            f"{nodes.tables_left_out:,} tables are too large to be drawn: they have more than "
            f"{_MOST_ROWS:,} rows, or there are too many of them."
        )


def _heights(netlist: Netlist) -> Array:
    """Place of each signal in the column of its stage, 0 in the middle, float64 ``[signals]``."""
    heights = np.zeros(netlist.signals)
    for stage in range(netlist.depth + 1):
        own = np.flatnonzero(netlist.stages == stage)
        heights[own] = np.arange(len(own)) - (len(own) - 1) / 2
    return heights


def _wires(netlist: Netlist, heights: Array, drawn: set[int]) -> tuple[dict[str, Any], int]:
    """One trace of wires, as lines with gaps between them; and how many there are in all."""
    x: list[float | None] = []
    y: list[float | None] = []
    count, stages = 0, netlist.stages
    for first, layer in zip(netlist.first_signals, netlist.layers, strict=True):
        for node, sources in enumerate(layer.inputs.tolist()):
            for source in dict.fromkeys(sources):
                count += 1
                own = first + node
                if len(x) < 3 * _MOST_WIRES and own in drawn and source in drawn:
                    x += [float(stages[source]), float(stages[own]), None]
                    y += [float(heights[source]), float(heights[own]), None]
    trace = line("wires", (), (), hoverinfo="skip", opacity=0.35, line={"width": 1})
    return trace | {"x": x, "y": y}, count


def _colours(netlist: Netlist, drawn: Array) -> list[str]:
    outputs = set(netlist.outputs.tolist())
    return [
        "#d9822b" if signal in outputs else "#8a8f98" if signal < netlist.inputs else "#2b7bba"
        for signal in drawn.tolist()
    ]


class _Nodes:
    """What there is to say about inputs and neurons.

    Attributes:
        tables_left_out: tables that were too large.
    """

    def __init__(
        self, netlist: Netlist, luts: Mapping[int, int], timing: NodeTiming | None
    ) -> None:
        self.tables_left_out = 0
        self._netlist, self._luts, self._timing = netlist, luts, timing
        self._digits = 0
        self._place: dict[int, tuple[Layer, int]] = {
            first + node: (layer, node)
            for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
            for node in range(layer.nodes)
        }
        names = () if netlist.decoder is None else netlist.decoder.output_names
        self._outputs = dict(zip(netlist.outputs.tolist(), names, strict=False))

    def entry(self, signal: int) -> dict[str, Any]:
        """See `Plot.nodes`."""
        netlist = self._netlist
        sign = "signed" if netlist.signed[signal] else "unsigned"
        bits = int(netlist.widths[signal])
        lines = [f"{bits} bit{'' if bits == 1 else 's'}, {sign}"]
        if signal in self._outputs:
            lines.append(f"output: {self._outputs[signal]}")
        entry: dict[str, Any] = {"name": netlist.node_name(signal), "lines": lines}
        if signal not in self._place:
            return entry
        layer, node = self._place[signal]
        sources = layer.inputs[node].tolist()
        shown = ", ".join(netlist.node_name(source) for source in sources[:_MOST_INPUTS])
        more = ", ..." if len(sources) > _MOST_INPUTS else ""
        lines.append(f"inputs: {shown}{more}")
        if signal in self._luts:
            lines.append(f"LUTs: {self._luts[signal]:,}")
        if self._timing is not None and signal in self._timing.nodes:
            lines.append(
                f"time: {self._timing.nodes[signal]:,.0f} ps, slack "
                f"{self._timing.slack_ps(signal):,.0f} ps"
            )
        if isinstance(layer, TableLayer):
            lines.append(f"table: {layer.tables.shape[1]:,} rows")
            entry |= self._table(layer, node)
        else:
            lines.append(f"sum of {layer.fan_in} inputs")
        return entry

    def _table(self, layer: TableLayer, node: int) -> dict[str, Any]:
        rows = layer.tables.shape[1]
        digits = -(-int(layer.widths[node]) // 4)
        if rows > _MOST_ROWS or self._digits + rows * digits > _MOST_DIGITS:
            self.tables_left_out += 1
            return {}
        self._digits += rows * digits
        codes = layer.tables[node].tolist()
        # The first half of the address counts the lines of the picture.
        return {
            "table": "".join(f"{code:0{digits}x}" for code in codes),
            "columns": 1 << ((layer.address_bits + 1) // 2),
            "digits": digits,
            "highest": (1 << int(layer.widths[node])) - 1,
        }


PART = Part("network", "The network", 80, _make)
