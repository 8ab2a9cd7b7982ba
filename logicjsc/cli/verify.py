"""``logicjsc verify``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import data_option, json_option, path_type, print_json


@click.command("verify")
@click.argument("source", type=path_type)
@click.option("--circuit", type=path_type, help="A run's circuit (default: hw/build/<name>).")
@click.option("--c-library", type=path_type, help="Compare C code with the netlist as well.")
@data_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    source: Path,
    *,
    circuit: Path | None,
    c_library: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Compare every stage of SOURCE, a run, a circuit or a C library, with the one before it.

    torch = ONNX = netlist = Verilog, on all test jets, random and corner codes and every table
    row; netlist = C on the same jets and codes. Writes verify.json into SOURCE; exits with 1 if
    anything differs.
    """
    from logicjsc.artefacts.sources import identify
    from logicjsc.check.verify import climb
    from logicjsc.cli.tables import print_table
    from logicjsc.core.progress import progress_bar

    with progress_bar("verifying") as update:
        verdict = climb(
            identify(source), circuit, data, lambda rung: update(0, rung.name), c_library
        )
    if as_json:
        print_json(verdict.to_dict())
    else:
        print_table(
            f"{source} on {verdict.jets:,} jets, {verdict.simulator}",
            ("rung", "compared", "mismatches", "seconds", ""),
            (
                (rung.name, rung.vectors, rung.mismatches, rung.seconds, _mark(ok=rung.ok))
                for rung in verdict.rungs
            ),
        )
        click.echo("every rung holds" if verdict.ok else "NOT equal: see the rungs above")
    context.exit(0 if verdict.ok else 1)


def _mark(*, ok: bool) -> str:
    return "ok" if ok else "DIFFERS"
