"""Circuits: written, opened and verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.api.display import html_table, short_html
from logicjsc.artefacts.sources import Source
from logicjsc.check.verify import climb
from logicjsc.core.errors import ConfigError
from logicjsc.core.progress import shown_progress
from logicjsc.dataset import Samples
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.targets.record import beside
from logicjsc.emit.verilog import circuit
from logicjsc.explore.report.short import short_of
from logicjsc.explore.report.subject import Subject
from logicjsc.map.lut_network import LutNetwork
from logicjsc.map.mapper import MappedNetlist
from logicjsc.map.sums import Adders
from logicjsc.map.tables import map_tables
from logicjsc.netlist import Netlist as Tables

if TYPE_CHECKING:
    from logicjsc.check.verdict import Verdict


class Circuit:
    """A folder with Verilog, a port map and the netlist that it stands for.

    Args:
        path: the folder.

    Raises:
        CircuitError: there is none, or its parts do not belong together.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder = circuit.load_circuit(Path(path))

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.directory

    @property
    def top(self) -> str:
        """Name of the top module."""
        return self.folder.top

    @property
    def latency_cycles(self) -> int:
        """Clock cycles from input to output."""
        return self.folder.latency_cycles

    def verify(self, samples: Samples | None = None) -> Verdict:
        """Simulate the circuit and compare it with its netlist.

        On samples, on random and corner codes, and every table row as its text has it. The text
        is proven as well where that is quick.

        Args:
            samples: by default the test samples that its netlist was made from; where they cannot
                be had, features around the encoder's thresholds.

        Returns:
            What was compared.

        Raises:
            DifferenceError: something differs.
            ToolError: Verilator or a compiler is missing or failed.
        """
        with shown_progress("verifying") as update:
            verdict = climb(
                Source("circuit", self.path),
                None,
                None,
                lambda rung: update(0, 0, rung.name),
                samples=samples,
            )
        verdict.refuse_differences()
        return verdict

    def __repr__(self) -> str:
        luts = self.folder.manifest.lut
        kind = "truth tables" if luts is None else f"{luts:,} LUTs"
        return f"Circuit({str(self.path)!r}: {kind}, {self.latency_cycles} clock cycles)"

    def _repr_html_(self) -> str:
        ports = [(port.name, port.direction, port.width) for port in self.folder.manifest.ports]
        short = short_of(Subject(Source("circuit", self.path)), measure=False)
        return short_html(short) + html_table("ports", ports, ("port", "direction", "bits"))


def write(
    tables: Tables,
    out: Path,
    mapped: MappedNetlist | None,
    adders: Adders,
    given: dict[str, Any],
    *,
    effort: str = "medium",
) -> Circuit:
    """Write a circuit, of truth tables or of LUTs.

    Raises:
        ConfigError: an option is not known, or options do not go together.
    """
    known = CircuitOptions.__dataclass_fields__
    wanted = given.pop("targets", ())
    if not isinstance(wanted, Mapping):
        wanted = {name: {} for name in ([wanted] if isinstance(wanted, str) else wanted)}
    also = beside(wanted)
    for name in given:
        if name not in known:
            raise ConfigError(
                f"a circuit has no option {name!r}; known: {', '.join(known)}, targets"
            )
    options = CircuitOptions(**{"adders": adders, **given})
    luts: Sequence[LutNetwork | None] | None = None
    if mapped is None:
        options.refuse_tables()
    elif adders == "carry" and not options.chained:
        # Tables that a chain looks up itself are in no layer, so they are mapped anew.
        luts = map_tables(tables, effort=effort)
    else:
        luts = [area.network for area in mapped.layers]
    return Circuit(circuit.write_circuit(tables, out, options, luts, also).directory)
