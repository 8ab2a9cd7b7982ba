"""``logicjsc timing``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from logicjsc.cli.arguments import DURATION, Pipeline, Registers, samples_option, source_argument
from logicjsc.core.console.options import adders_option, effort_option, json_option, print_json

if TYPE_CHECKING:
    from logicjsc.check.timing import Timing, TimingReport
    from logicjsc.emit.hdl.options import CircuitOptions
    from logicjsc.netlist import Netlist


@click.command("timing")
@source_argument
@click.option(
    "--part",
    default="ultrascale-plus-routed",
    show_default=True,
    help="Whose delays are taken: a part that ships with logicjsc, or a .toml file like its.",
)
@click.option(
    "--pipeline",
    type=Pipeline(),
    help="Registers after every K-th layer, 0 for none, depth=N where at most N LUTs lie between "
    "two, or clock=1.2ns where the slowest path takes that long (default: 1; a circuit has its "
    "own).",
)
@click.option(
    "--latency",
    type=DURATION,
    help="Choose adders and tables so that the answer comes within this time, like 5ns: without "
    "registers inside, or within whole cycles of --pipeline clock=TIME.",
)
@click.option(
    "--wide",
    is_flag=True,
    help="Take LUTs that select one of two LUTs for wide multiplexers (MUXF7, MUXF8).",
)
@effort_option("medium", "How hard our own mapper searches.")
@adders_option
@click.option(
    "--encoder-bits",
    type=click.IntRange(2, 16),
    default=8,
    show_default=True,
    help="Width of the words that the whole circuit takes, if the network has no words of its own.",
)
@click.option(
    "--comparison",
    type=click.Choice(["pairs", "tree"]),
    help="How the whole circuit compares classes: all pairs at once, which is fast, or by a tree, "
    "which takes fewer LUTs (default: pairs of up to six classes).",
)
@samples_option
@json_option
def command(
    source: str,
    *,
    part: str,
    pipeline: Registers | None,
    latency: float | None,
    wide: bool,
    effort: str,
    adders: Literal["lut", "carry", "best"],
    encoder_bits: int,
    comparison: Literal["pairs", "tree"] | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Estimate Fmax, latency and area-delay product of SOURCE, mapped to LUTs.

    SOURCE is a run, model, netlist, circuit or zoo point. The network stands alone, and as a whole
    circuit with its encoder and its decision. Two figures stand side by side: with the registers of
    the pipeline, and one answer without registers inside. The slowest path of both is shown cell by
    cell. Every figure is an estimate, and is printed with the error that estimates
    had on published circuits; logicjsc synth places, routes and reads Vivado's reports.
    """
    from dataclasses import replace

    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.check.timing import timing_of
    from logicjsc.core.errors import DataError, NetlistError
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.hdl.options import CircuitOptions
    from logicjsc.emit.verilog.mapping_by_time import map_for_options
    from logicjsc.explore.whole import whole_netlist
    from logicjsc.map.timing.delays import load_delays

    delays = load_delays(part)
    given = identify(source)
    if given.kind == "circuit":
        if pipeline is not None or adders != "lut" or latency is not None:
            raise click.UsageError(
                f"{source} is a circuit, which has its registers and adders; leave --pipeline, "
                "--adders and --latency away"
            )
        options = _options_of_circuit(source)
    else:
        chosen = Registers() if pipeline is None else pipeline
        options = CircuitOptions(
            **chosen._asdict(), adders=adders, part=part, latency_ps=latency or 0.0
        )
    with shown_progress("mapping") as update:
        netlist = netlist_of(given, None, update)

        def timed(one: Netlist) -> TimingReport:
            mapped = map_for_options(one, options, effort=effort, on_progress=update)
            return timing_of(mapped, delays, options, wide=wide)

        report = timed(netlist)
        try:
            whole = whole_netlist(given, netlist, encoder_bits, data=data, comparison=comparison)
            report = replace(report, whole=timed(whole))
        except (NetlistError, DataError) as error:
            report = replace(report, whole_note=str(error))
    if as_json:
        print_json(report.to_dict())
        return
    print_timing(report, "network")
    if report.whole is not None:
        print_timing(report.whole, "whole circuit")
    else:
        click.echo(f"  The whole circuit is not timed: {report.whole_note}.")
    click.echo(f"  {report.note}.")


def _options_of_circuit(source: str) -> CircuitOptions:
    from logicjsc.artefacts.sources import identify
    from logicjsc.emit.verilog import load_circuit

    return load_circuit(identify(source).path).manifest.options.network


def print_timing(report: TimingReport, part: str = "network") -> None:
    """Print the figures of a report and its two slowest paths."""
    from logicjsc.core.console.tables import print_table

    ways = (("pipelined", report.pipelined), ("no registers inside", report.single))
    print_table(
        f"{report.name}, {part}, on {report.part}: {report.lut:,} LUTs",
        ("registers", "cycles", "flip-flops", "Fmax MHz", "latency ns", "LUT ns", "slack ps"),
        (
            (
                name,
                timing.cycles,
                f"{report.ff:,}" if timing is report.pipelined else "-",
                f"{timing.fmax_mhz:,.0f}",
                f"{timing.latency_ns:.2f}",
                f"{timing.area_delay:,.0f}",
                "-" if timing.slack_ps is None else f"{timing.slack_ps:.0f}",
            )
            for name, timing in ways
        ),
    )
    for name, timing in ways:
        _print_path(f"{part}, {name}", timing)


def _print_path(name: str, timing: Timing) -> None:
    from logicjsc.core.console.tables import print_table

    print_table(
        f"Slowest path, {name}",
        ("cell", "drives", "pins of its net", "net ps", "cell ps", "arrival ps"),
        (
            (step.cell, step.net, step.readers or "-", step.net_ps, step.cell_ps, step.arrival_ps)
            for step in timing.path
        ),
    )
