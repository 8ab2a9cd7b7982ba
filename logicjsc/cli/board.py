"""``logicjsc board``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.arguments import samples_option
from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.emit.c.fast_network import FastNetwork
    from logicjsc.emit.verilog.circuit import Circuit
    from logicjsc.netlist.layers import Array

_SEED = 5


@click.command("board")
@click.argument("circuit", type=path_type)
@click.option("--port", type=path_type, help="The board's serial line, such as /dev/ttyUSB0.")
@click.option("--simulate", is_flag=True, help="Run the design in Icarus Verilog instead.")
@click.option(
    "--c-library",
    type=path_type,
    help="C code of the circuit's netlist (default: it is written and compiled for the purpose).",
)
@click.option(
    "--samples",
    "count",
    type=click.IntRange(1, 10_000_000),
    default=1000,
    show_default=True,
    help="How many samples: half of them test samples where they can be had, the others random.",
)
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=10.0, help="Seconds to wait for an answer."
)
@samples_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    circuit: Path,
    *,
    port: Path | None,
    simulate: bool,
    c_library: Path | None,
    count: int,
    timeout: float,
    data: Path | None,
    as_json: bool,
) -> None:
    """Stream samples to CIRCUIT on a board, and compare every answer with C code.

    The circuit was written with --for board, and its bitstream made by make in its folder board.
    Exits with 1 if an answer differs.
    """
    from logicjsc.check.board.loopback import settings_of, stream
    from logicjsc.check.board.serial_line import opened_line
    from logicjsc.check.board.simulated import simulated_board
    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.emit.verilog import load_circuit

    if simulate == (port is not None):
        raise click.UsageError("name the board's --port, or --simulate it")
    loaded = load_circuit(circuit)
    settings = settings_of(loaded)
    entering = _entering(loaded, count, data)
    network = _network(loaded, c_library)
    with ExitStack() as stack, shown_progress("streaming") as update:
        path = port or stack.enter_context(simulated_board(loaded))
        line = stack.enter_context(opened_line(path, settings.baud, timeout))
        streamed = stream(loaded, network, line, entering, update)
    report = {
        "circuit": str(circuit),
        "board": "simulated" if simulate else settings.board,
        "samples": streamed.samples,
        "mismatches": streamed.mismatches,
        "seconds": round(streamed.seconds, 3),
        "samples_per_second": round(streamed.samples / streamed.seconds),
        "bytes_sent": streamed.sent,
        "bytes_received": streamed.received,
    }
    if as_json:
        print_json(report)
    else:
        print_facts("board", ((name.replace("_", " "), value) for name, value in report.items()))
    context.exit(1 if streamed.mismatches else 0)


def _entering(circuit: Circuit, count: int, data: Path | None) -> Array:
    """Samples as the circuit takes them, and random ones behind them."""
    import numpy as np

    from logicjsc.artefacts.netlists import samples_of
    from logicjsc.artefacts.sources import Source
    from logicjsc.check.board.loopback import part_layout
    from logicjsc.core.errors import DataError, OtherSamplesError
    from logicjsc.emit.ends.encoder_plan import word_encoder
    from logicjsc.netlist.vectors import random_features

    netlist, manifest = circuit.netlist, circuit.manifest
    limits = np.int64(1) << part_layout(circuit).in_widths.astype(np.int64)
    drawn = np.random.default_rng(_SEED).integers(0, limits, (count, len(limits)))
    encoder = netlist.encoder
    if encoder is None:
        return drawn
    words = manifest.options.words or encoder.words
    try:
        features = samples_of(Source("circuit", circuit.directory), "test", data).features
    except DataError as error:
        if data is not None or isinstance(error, OtherSamplesError):
            raise
        features = random_features(encoder, words, max(1, count // 2))
    features = features[: max(1, count // 2)]
    if manifest.data_in == "in_features":
        formats = word_encoder(netlist, manifest.options)[1]
        given = formats.patterns(formats.words(features))
    else:
        given = encoder.encode(features)
    return np.concatenate([given, drawn])[:count]


def _network(circuit: Circuit, directory: Path | None) -> FastNetwork:
    """The circuit's network as machine code.

    Raises:
        LibraryError: the C code belongs to another netlist.
    """
    from logicjsc.core.errors import LibraryError
    from logicjsc.core.temporary import temporary_folder
    from logicjsc.emit.c.export import export_c
    from logicjsc.emit.c.fast_network import FastNetwork
    from logicjsc.netlist import digest_of

    if directory is None:
        with temporary_folder("board-c") as name:
            return FastNetwork.compiled(export_c(circuit.netlist, Path(name, "c"), effort="low"))
    network = FastNetwork.open(directory)
    if digest_of(network.netlist) != circuit.manifest.netlist_digest:
        raise LibraryError(
            f"the C library in {directory} belongs to another netlist than {circuit.directory}; "
            f"write it again with logicjsc export-c {circuit.directory} --out {directory}"
        )
    return network
