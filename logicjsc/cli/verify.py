"""``logicjsc verify``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.arguments import samples_option, source_argument
from logicjsc.core.console.options import json_option, path_type, print_json


@click.command("verify")
@source_argument
@click.option(
    "--circuit",
    type=path_type,
    help="SOURCE's circuit, if it is none itself (default: hw/build/<name>).",
)
@click.option(
    "--onnx",
    "model",
    type=path_type,
    help="ONNX model that SOURCE was made of, to compare with as well.",
)
@click.option("--c-library", type=path_type, help="Compare C code with the netlist as well.")
@click.option(
    "--formal/--no-formal",
    default=None,
    help="Prove the circuit's text by Yosys and ABC, however long it takes, or leave the proof "
    "out (default: a proof where it takes less than a minute).",
)
@samples_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    source: str,
    *,
    circuit: Path | None,
    model: Path | None,
    c_library: Path | None,
    formal: bool | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Compare every stage of SOURCE with the one before it.

    A run: torch = ONNX = netlist = Verilog; a model from ONNX on; a netlist, circuit or zoo point
    from the netlist on (--onnx names its model, to compare that as well); C code:
    netlist = C. On all test samples, where they can be had, always on random and corner codes, and
    on every table row. The circuit's whole text is read by Yosys and proven: every input, every
    register, encoder and decision included. Writes verify.json; exits with 1 if anything differs.
    """
    from logicjsc.artefacts.sources import identify
    from logicjsc.check.verify import climb
    from logicjsc.core.console.tables import print_table
    from logicjsc.core.progress import shown_progress

    with shown_progress("verifying") as update:
        verdict = climb(
            identify(source),
            circuit,
            data,
            lambda rung: update(0, 0, rung.name),
            library_path=c_library,
            formal=formal,
            model=model,
        )
    if as_json:
        print_json(verdict.to_dict())
    else:
        print_table(
            f"{source} on {verdict.samples:,} samples, {verdict.simulator}",
            ("rung", "compared", "mismatches", "seconds", ""),
            (
                (rung.name, rung.vectors, rung.mismatches, rung.seconds, _mark(ok=rung.ok))
                for rung in verdict.rungs
            ),
        )
        for rung in verdict.rungs:
            if rung.detail:
                click.echo(f"{rung.name}: {rung.detail}")
        if verdict.remark:
            click.echo(verdict.remark)
        click.echo("every rung holds" if verdict.ok else "NOT equal: see the rungs above")
    context.exit(0 if verdict.ok else 1)


def _mark(*, ok: bool) -> str:
    return "ok" if ok else "DIFFERS"
