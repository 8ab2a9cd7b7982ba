"""``logicjsc export-verilog``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from logicjsc.cli.arguments import (
    DURATION,
    Pipeline,
    Registers,
    complete_targets,
    samples_option,
    source_argument,
)
from logicjsc.cli.interface import interface_options
from logicjsc.core.console.options import (
    adders_option,
    address_option,
    json_option,
    path_type,
    print_json,
)

if TYPE_CHECKING:
    from logicjsc.artefacts.sources import Source
    from logicjsc.core.progress import OnProgress
    from logicjsc.dataset.fixed_point import FixedPoint
    from logicjsc.emit.hdl.options import CircuitOptions
    from logicjsc.emit.verilog.circuit import Circuit
    from logicjsc.emit.verilog.export import Mapping
    from logicjsc.netlist import Netlist


def _list_targets(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's signature
    if not asked:
        return
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.settings import described
    from logicjsc.emit.targets.target import known_targets

    rows = []
    for name, target in known_targets().items():
        rows.append((name, "", target.title))
        rows += [
            (f"{name}.{entry.key}", entry.default, f"{entry.text} ({entry.allowed})")
            for entry in described(target.settings)
        ]
    print_table("targets", ("--for, --for-set", "default", "what"), rows)
    context.exit()


@click.command("export-verilog")
@source_argument
@click.option("--out", type=path_type, help="Circuit directory (default: hw/build/<name>).")
@click.option(
    "--pipeline",
    type=Pipeline(),
    default="1",
    show_default=True,
    help="Registers after every K-th layer, and every K-th level of an argmax; 0 for none. depth=N "
    "puts them where at most N LUTs lie between two, wherever layers end, and clock=1.2ns where "
    "the slowest path takes that long by our own estimate (both need --mapped).",
)
@click.option(
    "--latency",
    type=DURATION,
    help="Choose adders and tables so that the answer comes within this time, like 5ns: without "
    "registers inside, or within whole cycles of --pipeline clock=TIME (needs --mapped).",
)
@click.option(
    "--part",
    default="ultrascale-plus-routed",
    show_default=True,
    help="Whose delays clock and latency take: a part that ships with logicjsc, or a .toml file.",
)
@click.option("--register-inputs/--no-register-inputs", default=False, show_default=True)
@click.option("--register-outputs/--no-register-outputs", default=True, show_default=True)
@click.option(
    "--argmax",
    is_flag=True,
    help="Put out the decision instead of scores: the class (the lowest wins a tie), or for each "
    "label whether its threshold is reached.",
)
@click.option(
    "--encoder",
    is_flag=True,
    help="Take words of features instead of codes, in the format that the network learned from.",
)
@click.option(
    "--encoder-bits",
    type=click.IntRange(2, 24),
    help="Take words of this width, fitted on the training samples, for a network that learned "
    "from float features; implies --encoder.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="Take words and put out the decision, with encoder and decision as LUTs of the network, "
    "mapped and cut by registers with it (needs --mapped).",
)
@samples_option
@click.option("--axi-stream", is_flag=True, help="Speak AXI4-Stream on both sides.")
@interface_options
@click.option(
    "--mapped",
    "effort",
    type=click.Choice(["low", "medium", "high"]),
    help="Write 6-input LUTs instead of tables, searched for with this effort.",
)
@adders_option
@click.option(
    "--formal",
    is_flag=True,
    help="With --mapped: let ABC prove every table and the whole network as well.",
)
@click.option(
    "--primitives",
    type=click.Choice(["inline", "generic", "xilinx", "lattice"]),
    default="inline",
    show_default=True,
    help="How LUTs are written: constants, which simulate fast, or cells that synthesis leaves "
    "alone.",
)
@click.option(
    "--reloadable",
    is_flag=True,
    help="Also write the circuit with tables in LUT RAM, which are loaded at run time through "
    "AXI4-Lite; short for --for reloadable. logicjsc tables makes images of other networks.",
)
@click.option(
    "--for",
    "targets",
    metavar="TARGET",
    multiple=True,
    shell_complete=complete_targets,
    help="Also write what a language, simulator or tool flow needs beside the circuit; several "
    "times for several. --list-targets tells which there are.",
)
@click.option(
    "--for-set",
    "target_settings",
    metavar="TARGET.KEY=VALUE",
    multiple=True,
    help="A setting of a target.",
)
@click.option(
    "--list-targets",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_targets,
    help="Show all targets with their settings and exit.",
)
@address_option
@json_option
def command(
    source: str,
    out: Path | None,
    *,
    pipeline: Registers,
    latency: float | None,
    part: str,
    primitives: str,
    effort: str | None,
    adders: Literal["lut", "carry", "best"],
    formal: bool,
    encoder_bits: int | None,
    data: Path | None,
    address_limit: int | None,
    register_inputs: bool,
    register_outputs: bool,
    argmax: bool,
    encoder: bool,
    whole: bool,
    axi_stream: bool,
    reloadable: bool,
    targets: tuple[str, ...],
    target_settings: tuple[str, ...],
    as_json: bool,
    **interface: str | int | bool,
) -> None:
    """Write SOURCE as Verilog: a run, model, netlist or zoo point.

    The directory holds one module per layer, or per segment between registers that are placed by
    depth, the netlist, and manifest.json with the port map. A circuit that is already there is
    replaced; anything else is refused. With --adders carry, carry chains are instantiated if
    --primitives is xilinx, and else left to the vendor's tools.
    """
    from dataclasses import replace

    from logicjsc.artefacts.netlists import netlist_of
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.places import DEFAULT_CIRCUITS
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.targets.record import written_targets
    from logicjsc.emit.targets.target import read_wanted
    from logicjsc.emit.verilog import CircuitOptions
    from logicjsc.emit.verilog.export import Mapping, export_verilog
    from logicjsc.explore.whole import whole_netlist

    if effort is None and (formal or adders != "lut"):
        raise click.UsageError("--adders and --formal belong to --mapped")
    if whole and effort is None:
        raise click.UsageError("--whole belongs to --mapped")
    by_time = (whole and pipeline.clock_ps) or (latency and not pipeline.clock_ps)
    options = CircuitOptions(
        # Of a whole circuit the ends are part of the network, which has all the registers.
        0 if by_time or (whole and pipeline.lut_depth) else pipeline.pipeline,
        register_inputs,
        register_outputs,
        argmax,
        encoder or whole,
        axi_stream,
        primitives=primitives,
        lut_depth=pipeline.lut_depth,
        clock_ps=pipeline.clock_ps,
        latency_ps=latency or 0.0,
        part=part,
        **cast("dict[str, Any]", interface),
    )
    targets = (*targets, *(["reloadable"] * reloadable))
    wanted = read_wanted(targets, target_settings)
    given = identify(source)
    target = out or DEFAULT_CIRCUITS / given.name
    with shown_progress("tabulating" if effort is None else "mapping") as update:
        netlist = netlist_of(given, address_limit, update)
        if whole:
            netlist = whole_netlist(given, netlist, encoder_bits or 8, data=data)
            argmax = netlist.decoder is not None and netlist.decoder.kind != "value"
            options = replace(options, argmax=argmax)
        elif encoder_bits is not None:
            words = _words(given, netlist, encoder_bits, data)
            options = replace(options, encoder=True, words=words)
        mapping = None if effort is None else Mapping(effort, adders, formal)
        timed: dict[str, float] = {}
        if mapping is not None and (latency or pipeline.clock_ps):
            mapping, timed = _timed(netlist, options, mapping, update)
        circuit = export_verilog(
            netlist,
            target,
            options,
            mapping=mapping,
            on_progress=update,
            beside=_beside(given, wanted, data),
        )
    report = {
        "circuit": str(circuit.directory),
        "top": circuit.top,
        "ports": ", ".join(port.name for port in circuit.manifest.ports),
        "table_rows": circuit.netlist.table_rows,
        "nodes": circuit.netlist.signals - circuit.netlist.inputs,
        "dead_nodes": circuit.manifest.dead_nodes,
        **{
            name: value
            for name in ("lut", "lut_packed", "lut4")
            if (value := getattr(circuit.manifest, name)) is not None
        },
        "ff": circuit.manifest.ff,
        "verilog_bytes": sum(file.stat().st_size for file in circuit.verilog_files),
        "latency_cycles": circuit.latency_cycles,
        **timed,
        "netlist_digest": circuit.manifest.netlist_digest,
    }
    if targets:
        report["targets"] = ", ".join(entry.name for entry in written_targets(circuit))
    if as_json:
        print_json(report)
    else:
        print_facts("circuit", ((name.replace("_", " "), value) for name, value in report.items()))


def _timed(
    netlist: Netlist, options: CircuitOptions, mapping: Mapping, on_progress: OnProgress
) -> tuple[Mapping, dict[str, float]]:
    """LUTs of a circuit that is to be in time, and its latency and slack by our own estimate."""
    from dataclasses import replace

    from logicjsc.check.timing import timing_of
    from logicjsc.emit.verilog.mapping_by_time import map_for_options
    from logicjsc.map.timing.delays import load_delays

    options = replace(options, adders=mapping.adders)
    if mapping.adders != "lut" and not options.chained:
        return mapping, {}  # refused, with the reason, when it is written
    mapped = map_for_options(netlist, options, effort=mapping.effort, on_progress=on_progress)
    report = timing_of(mapped, load_delays(options.part), options.network)
    way = report.pipelined if options.clock_ps else report.single
    found = {"estimated_ns": round(way.latency_ns, 3), "slack_ps": way.slack_ps or 0.0}
    return replace(mapping, mapped=mapped), found


def _words(source: Source, netlist: Netlist, bits: int, data: Path | None) -> FixedPoint | None:
    """Formats of words fitted to training samples; None if the network has words of its own."""
    from logicjsc.artefacts.netlists import dataset_of
    from logicjsc.dataset.fixed_point import FixedPoint
    from logicjsc.emit.verilog.export import words_of_width
    from logicjsc.netlist.scoring import check_features

    if words_of_width(netlist, bits) is not None:
        return None
    train = dataset_of(source, data).train
    check_features(netlist, train)
    return FixedPoint.fit(train, bits)


def _beside(
    source: Source, wanted: dict[str, dict[str, Any]], data: Path | None
) -> Callable[[Circuit], None] | None:
    """What writes the targets, with test samples for those that use some, if these can be had."""
    from logicjsc.artefacts.netlists import samples_of
    from logicjsc.core.errors import DataError, OtherSamplesError
    from logicjsc.emit.targets.record import beside
    from logicjsc.emit.targets.target import in_order

    features = None
    if any(target.samples for target, _ in in_order(wanted).values()):
        try:
            features = samples_of(source, "test", data).features
        except DataError as error:
            if data is not None or isinstance(error, OtherSamplesError):
                raise
    return beside(wanted, features)
