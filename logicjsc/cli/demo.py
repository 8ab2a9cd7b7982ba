"""``logicjsc demo``."""

from __future__ import annotations

import click

from logicjsc.artefacts.sources import DEFAULT_RUNS
from logicjsc.cli.common import json_option, print_json


@click.command("demo")
@click.argument("config", default="jsc-s")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Change a setting.")
@json_option
@click.pass_context
def command(
    context: click.Context, config: str, assignments: tuple[str, ...], *, as_json: bool
) -> None:
    """Train CONFIG on the bundled jets, write its circuit, verify it, and print one table.

    Uses runs/demo-<config> and hw/build/demo-<config>, and replaces what an earlier demo left
    there.
    """
    from logicjsc.cli.road import run_demo
    from logicjsc.cli.tables import metric_facts, print_facts
    from logicjsc.core.progress import progress_bar
    from logicjsc.methods.gradient.loading import load_config, resolve_config

    loaded = load_config(resolve_config(config), assignments)
    epochs = loaded.config.training.epochs
    with progress_bar("demo", epochs) as update:
        report = run_demo(
            loaded,
            DEFAULT_RUNS / f"demo-{loaded.name}",
            lambda epoch: update(
                epoch.epoch, f"train: validation {100 * epoch.validation_accuracy:.2f} %"
            ),
            lambda stage: update(epochs if stage != "train" else 0, stage),
        )
    result = report.to_dict()
    if as_json:
        print_json(result)
    else:
        facts = [
            ("trainable parameters", report.training.trainable_parameters),
            *((f"test {name}", value) for name, value in metric_facts(result)),
            ("truth-table rows", result["table_rows"]),
            ("Verilog", f"{result['verilog_bytes']:,} bytes in {report.circuit.directory}"),
            ("latency", f"{result['latency_cycles']} clock cycles"),
            ("jets simulated", f"{report.verdict.jets:,} ({report.verdict.simulator})"),
            ("vectors simulated", report.verdict.vectors),
            ("mismatches", report.verdict.mismatches),
            *((f"seconds: {stage}", f"{value:.1f}") for stage, value in report.seconds.items()),
        ]
        print_facts(f"{loaded.name}: from jets to a proven circuit", facts)
    context.exit(0 if report.verdict.ok else 1)
