"""``logicjsc anneal``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.anneal.method import AnnealReport


@click.command("anneal")
@click.argument("config")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@click.option("--out", type=path_type, help="Directory (default: runs/<config name>).")
@click.option("--overwrite", is_flag=True, help="Replace an annealing that is already there.")
@json_option
def command(
    config: str,
    assignments: tuple[str, ...],
    out: Path | None,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Find a network of 6-input LUTs by CONFIG, a TOML file or a shipped name such as jsc-lut-15.

    The LUTs' contents and wires, and the thresholds of features that they read, are annealed for
    accuracy on the training jets. Of several starts the best by validation is kept and tested
    once. What is written is a netlist: map it, simplify it, make a circuit of it, verify that.
    """
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.sweep.settings import resolve_definition
    from logicjsc.methods.anneal.definition import load_annealing
    from logicjsc.methods.anneal.method import anneal_network

    loaded = load_annealing(resolve_definition(config, "annealing", "anneal"), assignments)
    target = out or DEFAULT_RUNS / loaded.name
    with progress_bar("annealing") as update:
        report = anneal_network(
            loaded,
            target,
            lambda done, total, accuracy: update(
                done, f"{done} of {total} sweeps, training {100 * accuracy:.2f} %", total
            ),
            overwrite=overwrite,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: AnnealReport) -> None:
    from logicjsc.cli.tables import metric_facts, percent, print_facts, print_table

    print_table(
        f"{report.name}: networks found",
        ("seed", "training", "validation", "test", "LUTs", "thresholds", "their LUTs"),
        (
            (
                start.seed,
                percent(start.training_accuracy),
                percent(start.validation_accuracy),
                percent(start.test_accuracy),
                start.luts,
                start.thresholds,
                start.comparator_luts,
            )
            for start in report.starts
        ),
    )
    facts = [
        ("kept", f"seed {report.best.seed}, by validation"),
        *((f"test {name}", value) for name, value in metric_facts(report.test.to_dict())),
    ]
    print_facts(report.name, facts)
    click.echo(f"wrote {report.netlist}; next: logicjsc map {report.netlist} --across-nodes")
