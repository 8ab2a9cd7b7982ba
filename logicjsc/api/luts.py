"""A netlist mapped to 6-input LUTs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from logicjsc.api.circuits import Circuit, write
from logicjsc.api.display import html_table
from logicjsc.map.formal import FormalReport, prove
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist as Tables


class Luts:
    """LUTs of a netlist, each table's proven equal to it.

    Attributes:
        mapped: the LUTs layer by layer (`logicjsc.map.mapper.MappedNetlist`).
    """

    def __init__(
        self, tables: Tables, mapped: MappedNetlist, adders: Adders, effort: str = "medium"
    ) -> None:
        self._tables, self.mapped, self._adders, self._effort = tables, mapped, adders, effort

    @property
    def count(self) -> int:
        """LUTs of one to six inputs, inverters included."""
        return self.mapped.luts

    @property
    def depth(self) -> int:
        """LUTs on the longest path from input to output."""
        return self.mapped.depth

    def prove(self) -> FormalReport:
        """Let ABC prove every table and the whole network once more.

        Raises:
            ToolFailedError: a proof failed.
        """
        return prove(self.mapped)

    def emit(self, out: str | Path, **options: Any) -> Circuit:  # noqa: ANN401 - see below
        """The circuit of these LUTs.

        Args:
            out: its folder.
            **options: fields of `logicjsc.emit.hdl.options.CircuitOptions`, such as
                ``argmax=True`` (decide in the circuit), ``encoder=True`` (take words),
                ``pipeline``, ``lut_depth``, ``axi_stream``, ``primitives``; and ``targets``, names
                of what is written beside it, or settings by name (`logicjsc.emit.targets`).

        Raises:
            ConfigError: options do not go together.
            CircuitError: the netlist does not say what an end must know.
        """
        return write(
            self._tables, Path(out), self.mapped, self._adders, options, effort=self._effort
        )

    def __repr__(self) -> str:
        return f"Luts({self._tables.name!r}: {self.count:,} LUTs, depth {self.depth})"

    def _repr_html_(self) -> str:
        rows = [
            (layer.name, layer.stage, layer.network.area, layer.network.depth)
            for layer in self.mapped.layers
        ]
        return html_table(repr(self), rows, ("layer", "stage", "LUTs", "depth"))
