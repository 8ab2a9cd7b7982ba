"""What a back end says about the parts of a circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from logicjsc.core.errors import ToolFailedError


@dataclass(frozen=True)
class PartFigures:
    """Figures of one part; None where the tool printed none.

    Attributes:
        part: ``encoder``, ``network``, ``argmax``, ``wrapper``, ``whole``, a layer or a segment.
        lut: look-up tables, inverters included.
        ff: flip-flops.
        depth: cells on the longest path without a register.
        latency_cycles: clock cycles from input to output.
        fmax_mhz: highest clock frequency.
        flow: which of several flows gave these figures.
        cells: cells by type, as the tool counts them.
        problem: why figures are missing, as one sentence.
        lut_by_flow: LUTs by flow, where several were tried.
    """

    part: str
    lut: int | None = None
    ff: int | None = None
    depth: int | None = None
    latency_cycles: int | None = None
    fmax_mhz: float | None = None
    flow: str = ""
    cells: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None
    lut_by_flow: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BackEndReport:
    """Figures of one back end.

    Attributes:
        name: the back end, as the command line calls it.
        tool: program and version.
        target: device or family.
        parts: the circuit's parts, the whole last.
        layers: each layer or segment alone, as far as they were measured.
        notes: how to read the figures.
        seconds: wall-clock time.
        logs: folder of what the tool printed, if it is kept.
    """

    name: str
    tool: str
    target: str
    parts: tuple[PartFigures, ...]
    layers: tuple[PartFigures, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    logs: str | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """Why figures are missing; empty if none is."""
        return tuple(row.problem for row in (*self.parts, *self.layers) if row.problem is not None)

    @property
    def measured(self) -> bool:
        """Whether any part has an area."""
        return any(row.lut is not None for row in self.parts)


@dataclass(frozen=True)
class SynthReport:
    """A circuit through one or more back ends.

    Attributes:
        name: the netlist's name.
        netlist_digest: digest of the netlist that the circuit stands for.
        style: ``table`` or ``mapped``.
        latency_cycles: clock cycles from input to output.
        back_ends: what each back end says.
    """

    name: str
    netlist_digest: str
    style: str
    latency_cycles: int | None
    back_ends: tuple[BackEndReport, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Why figures are missing, of all back ends; a part that is the whole is named once."""
        return tuple(dict.fromkeys(problem for end in self.back_ends for problem in end.problems))

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def count_cells(tool: str, cells: Mapping[str, int], weights: Mapping[str, int]) -> int:
    """Weighted number of the cells whose types ``weights`` knows.

    Raises:
        ToolFailedError: there are cells of memory or arithmetic blocks, which would hide logic
            from the count, or cells of no technology.
    """
    for name in cells:
        if name.startswith(("RAM", "URAM", "SRL", "ROM", "DSP", "MULT", "DP16K", "TRELLIS_DPR")):
            raise ToolFailedError(
                f"{tool} built {cells[name]:,} {name}, which hides logic from a count of LUTs; "
                "use a version that obeys -nobram, -nolutram and -nodsp"
            )
        if name.startswith("$"):
            raise ToolFailedError(f"{tool} left {cells[name]:,} cells {name} that are no hardware")
    return sum(weights.get(name, 0) * number for name, number in cells.items())
