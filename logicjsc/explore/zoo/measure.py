"""Measuring the area of a network once; figures are kept by what they depend on."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from logicjsc.check.synth import xilinx
from logicjsc.check.synth.parts import NETWORK, WHOLE, parts_of
from logicjsc.check.synth.programs import Limits, find_yosys
from logicjsc.check.synth.yosys import workplace
from logicjsc.core.cache import entry, read_entry, write_entry
from logicjsc.core.errors import CircuitError, NetlistError, ToolFailedError, ToolNotFoundError
from logicjsc.core.executor import Jobs
from logicjsc.core.programs import Tool
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.ends.decision import ARGMAX, decision_of
from logicjsc.emit.verilog import Circuit
from logicjsc.explore.zoo.figures import Confirmed, Figures
from logicjsc.explore.zoo.mapping import Found, find_luts
from logicjsc.map.abc import find_abc
from logicjsc.map.lut_network import LutNetwork
from logicjsc.netlist import Netlist, digest_of
from logicjsc.netlist.score_bits import score_bits
from logicjsc.netlist.word_inputs import with_word_inputs

OnStep = Callable[[str], None]
"""Called with what comes next."""

_FORMAT: Final = 10
_FAMILY: Final = "xcup"


@dataclass(frozen=True)
class Measuring:
    """How areas are measured.

    Attributes:
        effort: how hard the mapper searches: ``low``, ``medium`` or ``high``.
        across: whether LUTs are rewritten across nodes as well.
        seconds: how long fewer LUTs are searched for across nodes; None for a few scripts alone.
        yosys: let Yosys confirm core and whole.
        jobs: processes of the mapper, None for one per core, or an executor.
    """

    effort: str = "medium"
    across: bool = True
    seconds: float | None = None
    yosys: bool = False
    jobs: Jobs | None = None


@dataclass(frozen=True)
class Solution:
    """Figures and the LUTs that reach them.

    Attributes:
        figures: the area.
        core: LUTs of the network.
        encoded: LUTs of the network with its encoder, if it takes words.
    """

    figures: Figures
    core: Found
    encoded: Found | None


def measure(
    netlist: Netlist, words: FixedPoint | None, measuring: Measuring, on_step: OnStep
) -> Figures:
    """Figures of a network; those measured before are read from the cache.

    Args:
        netlist: the network.
        words: formats of the words that its encoder takes; None if there are none.
        measuring: how.
        on_step: called before each step.

    Raises:
        ToolError: ABC is missing or failed, or Yosys is to confirm and did not.
    """
    path = _entry(netlist, words, measuring)
    try:
        return Figures.from_dict(read_entry(path))
    except (LookupError, TypeError, AttributeError):
        figures = solve(netlist, words, measuring, on_step).figures
    write_entry(path, figures.to_dict())
    return figures


def solve(
    netlist: Netlist,
    words: FixedPoint | None,
    measuring: Measuring,
    on_step: OnStep,
    known: MutableMapping[str, LutNetwork] | None = None,
) -> Solution:
    """Like `measure`, with the LUTs; ``known`` is as in `find_luts`."""
    core, encoded, notes = find_both(netlist, words, measuring, on_step, known)
    return solution_of(core, encoded, notes, measuring, on_step)


def find_both(
    netlist: Netlist,
    words: FixedPoint | None,
    measuring: Measuring,
    on_step: OnStep,
    known: MutableMapping[str, LutNetwork] | None = None,
) -> tuple[Found, Found | None, tuple[str, ...]]:
    """LUTs of a network alone and with its encoder, and why they are missing if they are."""
    notes: list[str] = []

    def found_for(given: Netlist, title: str) -> Found:
        on_step(f"mapping the {title}")
        return find_luts(
            given,
            effort=measuring.effort,
            across=measuring.across,
            seconds=measuring.seconds,
            jobs=measuring.jobs,
            known=known,
            on_progress=lambda done, total, remark: on_step(
                f"the {title}: " + (f"{done} of {total} {remark}" if total else remark)
            ),
        )

    core = found_for(netlist, "network")
    encoded: Found | None = None
    try:
        if words is None:
            notes.append(f"{netlist.name} has no formats of words, so its encoder is not measured")
        else:
            encoded = found_for(with_word_inputs(netlist, words), "network with its encoder")
    except NetlistError as error:
        notes.append(str(error))
    return core, encoded, tuple(notes)


def solution_of(
    core: Found,
    encoded: Found | None,
    notes: tuple[str, ...],
    measuring: Measuring,
    on_step: OnStep,
) -> Solution:
    """Figures of LUTs that `find_both` found."""
    told = list(notes)
    figures = _figures(core, encoded, measuring, on_step, told)
    return Solution(replace(figures, notes=tuple(told)), core, encoded)


def _figures(
    core: Found, encoded: Found | None, measuring: Measuring, on_step: OnStep, notes: list[str]
) -> Figures:
    """Areas of the circuits that LUTs become; ``notes`` are added to."""
    with temporary_folder("frontier") as name:
        core_circuit = core.write(Path(name, "core"))
        figures = Figures(core.area(core_circuit))
        if encoded is not None:
            figures = replace(figures, encoded=encoded.area(encoded.write(Path(name, "encoded"))))
        whole_circuit = None
        if _gives_values(core.mapped.netlist):
            figures = replace(figures, whole=figures.encoded, decision=0)
            if encoded is not None and measuring.yosys:
                whole_circuit = encoded.write(Path(name, "whole"))
            return _perhaps_confirmed(figures, core_circuit, whole_circuit, measuring, on_step)
        on_step("what decides")
        try:
            whole_circuit = (encoded or core).write(Path(name, "whole"), argmax=True)
            decision = _decision(core.mapped.netlist, whole_circuit)
            figures = replace(figures, decision=decision)
            if encoded is not None:
                whole = encoded.area(whole_circuit, decision=decision)
                figures = replace(figures, whole=whole)
        except (ToolNotFoundError, CircuitError) as error:
            notes.append(f"what decides is not measured: {error}")
        return _perhaps_confirmed(figures, core_circuit, whole_circuit, measuring, on_step)


def _gives_values(netlist: Netlist) -> bool:
    """Whether outputs are values, which need no decision."""
    return netlist.decoder is not None and netlist.decoder.kind == "value"


def _perhaps_confirmed(
    figures: Figures,
    core: Circuit,
    whole: Circuit | None,
    measuring: Measuring,
    on_step: OnStep,
) -> Figures:
    return _confirmed(figures, core, whole, on_step) if measuring.yosys else figures


def _decision(netlist: Netlist, circuit: Circuit) -> int:
    """LUTs of what decides: of a table of shared bits ours, else those that Yosys finds.

    Yosys would move a LUT of such a table into the reset of the register behind it.
    """
    role = decision_of(netlist)
    shared = score_bits(netlist) if role == ARGMAX else None
    if shared is not None and netlist.decoder is not None:
        return shared.luts(netlist.decoder)
    return _yosys_part(circuit, role).lut


def _confirmed(figures: Figures, core: Circuit, whole: Circuit | None, on_step: OnStep) -> Figures:
    """Figures with what Yosys counts in the Verilog."""
    on_step("Yosys reads the network")
    program = f"Yosys {find_yosys().version}"
    confirmed = _yosys_part(core, NETWORK)
    figures = replace(figures, yosys=program, confirmed_core=confirmed)
    if figures.whole is None or whole is None:
        return figures
    on_step("Yosys reads the whole circuit")
    return replace(figures, confirmed_whole=_yosys_part(whole, WHOLE))


def _yosys_part(circuit: Circuit, name: str) -> Confirmed:
    """One part of a circuit, by the best of Yosys' flows.

    Raises:
        ToolNotFoundError: there is no Yosys.
        ToolFailedError: it did not come to an end.
    """
    yosys = find_yosys()
    (part,) = (part for part in parts_of(circuit) if part.name == name)
    digest = circuit.manifest.netlist_digest
    with workplace(digest, f"frontier-{name}", Limits.default()) as place:
        figures = xilinx.synthesise(yosys, _FAMILY, part, place)
    if figures.lut is None or figures.ff is None or figures.depth is None:
        raise ToolFailedError(figures.problem or f"Yosys gave no figures of the {name}")
    return Confirmed(figures.lut, figures.ff, figures.depth, figures.flow)


def _entry(netlist: Netlist, words: FixedPoint | None, measuring: Measuring) -> Path:
    """Where figures are kept, by all that they depend on."""
    facts: list[Any] = [
        _FORMAT,
        digest_of(netlist),
        None if words is None else words.to_dict(),
        measuring.effort,
        measuring.across,
        measuring.seconds,
        measuring.yosys,
        find_abc().identity,
        _version(),
    ]
    return entry("figures", facts)


def _version() -> str:
    """Of Yosys, which measures what decides; empty if there is none."""
    try:
        yosys: Tool = find_yosys()
    except ToolNotFoundError:
        return ""
    return yosys.version
