"""``logicjsc synth``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from logicjsc.cli.arguments import sources_argument
from logicjsc.core.console.options import (
    adders_option,
    effort_option,
    json_option,
    path_type,
    print_json,
)

if TYPE_CHECKING:
    from logicjsc.check.synth.figures import SynthReport


def _names(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Back ends of a list with commas."""
    from logicjsc.check.synth.report import BACK_ENDS

    names = tuple(name.strip() for name in value.split(","))
    for name in names:
        if name not in BACK_ENDS:
            raise click.BadParameter(f"{name!r} is no back end; use {', '.join(BACK_ENDS)}")
    return names


@click.command("synth")
@sources_argument(required=False)
@click.option(
    "--with",
    "back_ends",
    callback=_names,
    default="mapper,yosys-xcup",
    show_default=True,
    help="Back ends, with commas between them: mapper, yosys-xcup (UltraScale+), yosys-xc7 "
    "(7 series), ecp5, gowin, generic-fabric (all three placed and routed), vivado (scripts to run "
    "elsewhere).",
)
@click.option("--out", type=path_type, help="Folder for Vivado's scripts.")
@click.option("--read", type=path_type, help="Read the reports that Vivado left in this folder.")
@effort_option("medium", "How hard our own mapper searches.")
@adders_option
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds that one run of a program may take (default 900).",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    help="GiB that a program may use (default: three quarters of this machine's).",
)
@click.option(
    "--plot",
    type=path_type,
    help="Measure every layer, or segment, alone, too, and draw a PNG.",
)
@json_option
def command(
    source: str | None,
    *,
    back_ends: tuple[str, ...],
    out: Path | None,
    read: Path | None,
    effort: str,
    adders: Literal["lut", "carry", "best"],
    timeout: float | None,
    memory: float | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Area and speed of SOURCE: a circuit, or a run, model, netlist or zoo point.

    Every block is synthesised alone (encoder, network, argmax, and the wrapper that joins them),
    then the whole. From anything but a circuit, a mapped one of codes and scores is made first;
    write your own with export-verilog to count other ends.
    """
    if read is not None and source is None and plot is None and out is None:
        from logicjsc.check.synth.vivado import read_reports

        report = read_reports(read)
    elif source is not None and read is None:
        settings = _Settings(
            back_ends, out, effort, adders, timeout, memory, layers=plot is not None
        )
        report = _synthesise(source, settings)
    else:
        raise click.UsageError("give a SOURCE, or --read FOLDER alone")
    measured = [end for end in report.back_ends if end.measured]
    problems = report.problems
    if as_json and (measured or not problems):
        print_json(report.to_dict())
    elif measured:
        _print(report)
    if problems:
        from logicjsc.core.errors import ToolError

        more = f" ({len(problems) - 1} more like it)" if len(problems) > 1 else ""
        raise ToolError(problems[0] + more)
    if plot is not None:
        from logicjsc.check.synth.area_plot import plot_layers

        plot_layers(report, plot)
    if not as_json:
        for path in (out, plot):
            if path is not None:
                click.echo(f"wrote {path}")


@dataclass(frozen=True)
class _Settings:
    """Options that concern a source."""

    back_ends: tuple[str, ...]
    out: Path | None
    effort: str
    adders: Literal["lut", "carry", "best"]
    timeout: float | None
    memory: float | None
    layers: bool


def _synthesise(source: str, settings: _Settings) -> SynthReport:
    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.check.synth.programs import Limits
    from logicjsc.check.synth.report import synthesise
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.verilog import load_circuit

    default = Limits.default()
    memory = default.memory if settings.memory is None else int(settings.memory * 2**30)
    given = identify(source)
    with shown_progress("synthesising") as update:
        return synthesise(
            load_circuit(given.path) if given.kind == "circuit" else netlist_of(given),
            settings.back_ends,
            effort=settings.effort,
            adders=settings.adders,
            limits=Limits(settings.timeout or default.seconds, memory),
            layers=settings.layers,
            out=settings.out,
            on_step=update,
        )


def _print(report: SynthReport) -> None:
    from logicjsc.core.console.tables import print_table

    for end in report.back_ends:
        print_table(
            f"{report.name} ({report.style}), {end.name}: {end.tool}, {end.target}, "
            f"{end.seconds:.1f} s",
            ("part", "LUT", "FF", "depth", "cycles", "Fmax MHz", "flow"),
            (
                (
                    row.part,
                    *map(_number, (row.lut, row.ff, row.depth, row.latency_cycles)),
                    "-" if row.fmax_mhz is None else f"{row.fmax_mhz:.1f}",
                    row.problem or row.flow,
                )
                for row in (*end.parts, *end.layers)
            ),
        )
        for note in end.notes:
            click.echo(f"  {note}.")


def _number(value: int | None) -> Any:  # noqa: ANN401 - a cell of a table
    return "-" if value is None else value
