"""``logicjsc map``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from logicjsc.cli.arguments import DURATION, source_argument
from logicjsc.core.console.options import (
    adders_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)
from logicjsc.core.executor import Executor

if TYPE_CHECKING:
    from logicjsc.check.timing import TimingReport


@click.command("map")
@source_argument
@effort_option("medium", "How many starting structures and scripts each table meets.")
@adders_option
@jobs_option
@click.option(
    "--out",
    type=path_type,
    help="Write the network: LUTs as .blif, gates as AIGER, binary .aig or ASCII .aag, or the "
    "netlist as .npz.",
)
@click.option(
    "--across-nodes",
    is_flag=True,
    help="Rewrite all LUTs together, as a netlist of LUTs (--out NAME.npz keeps it).",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    help="With --across-nodes: the fewest LUTs found that are at most so many deep.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    help="Search for so long, about, and keep the best found until then; of tables that were not "
    "reached, what is cut up by their inputs. With --across-nodes all of the time is used, and "
    "another run goes on from there.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the search with --across-nodes and --seconds; others find other networks.",
)
@click.option(
    "--formal", is_flag=True, help="Let ABC prove every table and the whole network as well."
)
@click.option(
    "--clock",
    type=DURATION,
    help="Find least LUTs, then least registers, then least latency for this clock, like 1.2ns.",
)
@click.option(
    "--latency",
    type=DURATION,
    help="Choose adders and tables so that the answer comes within this time: without registers "
    "inside, or within whole cycles of --clock.",
)
@click.option(
    "--front",
    is_flag=True,
    help="Show all points of LUTs and latency that adders and tables allow, without registers.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="Map the whole circuit, words in and decision out, instead of the network alone.",
)
@click.option(
    "--part",
    default="ultrascale-plus-routed",
    show_default=True,
    help="Whose delays clock, latency and front take: a part that ships with logicjsc, or a .toml "
    "file.",
)
@json_option
def command(
    source: str,
    effort: str,
    adders: Literal["lut", "carry", "best"],
    jobs: Executor,
    out: Path | None,
    *,
    across_nodes: bool,
    depth: int | None,
    formal: bool,
    seconds: float | None,
    clock: float | None,
    latency: float | None,
    front: bool,
    whole: bool,
    part: str,
    seed: int,
    as_json: bool,
) -> None:
    """Map SOURCE to 6-input LUTs: a run, model, netlist, circuit or zoo point.

    Counts LUTs of one to six inputs with inverters, before any packing of two into one. Each
    table's LUTs are compared with it on every address. What was found is kept by table, so a second
    run is instant. Carry chains are not counted, only the LUTs in front of them.
    """
    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.check.timing import timing_of
    from logicjsc.cli.timing import print_timing
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.hdl.options import CircuitOptions
    from logicjsc.emit.verilog.mapping_by_time import map_for_options
    from logicjsc.explore.whole import whole_netlist
    from logicjsc.map.report import map_report
    from logicjsc.map.timing.delays import load_delays
    from logicjsc.map.timing.timed_mapping import Search, TimedMapping

    _refuse_contradictions(
        by_time=clock is not None or latency is not None or front,
        rewritten=across_nodes,
        bounded=seconds is not None,
        depth=depth,
    )
    timing = mapped = None
    points: list[dict[str, float]] = []
    given, delays = identify(source), load_delays(part)
    with shown_progress("mapping") as update:
        netlist = netlist_of(given, None, update)
        if whole:
            netlist = whole_netlist(given, netlist, 8)
        if clock is not None or latency is not None:
            options = CircuitOptions(
                0, clock_ps=clock or 0.0, latency_ps=latency or 0.0, part=part, adders=adders
            )
            mapped = map_for_options(netlist, options, effort=effort, jobs=jobs, on_progress=update)
            timing = timing_of(mapped, delays, options)
        if front:
            search = Search(effort, adders, jobs)
            found = TimedMapping(netlist, delays, search, on_progress=update).points
            points = [{"lut": one.lut, "latency_ns": one.latency_ps / 1000} for one in found]
        report = map_report(
            netlist,
            effort=effort,
            adders=adders,
            jobs=jobs,
            out=out,
            formal=formal,
            across_nodes=across_nodes,
            on_progress=update,
            seconds=seconds,
            mapped=mapped,
            depth=depth,
            seed=seed,
        )
    if as_json:
        print_json(report.to_dict() | _times(timing, points))
        return
    print_table(
        f"{report.name}: {report.lut:,} LUTs, depth {report.depth}",
        ("layer", "live nodes", "table bits", "LUTs", "depth"),
        ((a.layer, a.nodes, a.table_bits, a.lut, a.depth) for a in report.layers),
    )
    if timing is not None:
        print_timing(timing)
    _print_front(points)
    if report.formal is not None:
        proven = f"{report.formal.tables} tables and the whole network"
        click.echo(f"{proven} proven by ABC in {report.formal.seconds:.1f} s")
    if out is not None:
        click.echo(f"wrote {out}")


def _print_front(points: list[dict[str, float]]) -> None:
    from logicjsc.core.console.tables import print_table

    if points:
        print_table(
            "LUTs and latency",
            ("LUTs", "latency ns", "LUT ns"),
            (
                (one["lut"], f"{one['latency_ns']:.3f}", f"{one['lut'] * one['latency_ns']:,.0f}")
                for one in points
            ),
        )


def _refuse_contradictions(
    *, by_time: bool, rewritten: bool, bounded: bool, depth: int | None
) -> None:
    if by_time and (rewritten or bounded):
        raise click.UsageError("--across-nodes and --seconds leave no choice by time")
    if depth is not None and not rewritten:
        raise click.UsageError("--depth belongs to --across-nodes")


def _times(timing: TimingReport | None, points: list[dict[str, float]]) -> dict[str, object]:
    """Entries for ``--json``, where they were asked for."""
    found: dict[str, object] = {} if timing is None else {"timing": timing.to_dict()}
    return found | ({"front": points} if points else {})
