"""``logicjsc demo``."""

from __future__ import annotations

import click

from logicjsc.cli.arguments import config_argument, set_option
from logicjsc.core.console.options import json_option, print_json
from logicjsc.core.places import DEFAULT_RUNS


@click.command("demo")
@config_argument(default="jsc-s")
@set_option
@json_option
@click.pass_context
def command(
    context: click.Context, config: str, assignments: tuple[str, ...], *, as_json: bool
) -> None:
    """Train CONFIG on its samples, write its circuit, verify it, and print one table.

    Uses runs/demo-<config> and hw/build/demo-<config>, and replaces what an earlier demo left
    there.
    """
    from logicjsc.cli.road import run_demo
    from logicjsc.core.console.tables import metric_facts, print_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.methods.loading import load_config, resolve_config

    loaded = load_config(resolve_config(config), assignments)
    with shown_progress("demo") as update:
        report = run_demo(loaded, DEFAULT_RUNS / f"demo-{loaded.name}", update)
    result = report.to_dict()
    if as_json:
        print_json(result)
    else:
        facts = [
            *((name.replace("_", " "), value) for name, value in report.result.best.sizes.items()),
            *((f"test {name}", value) for name, value in metric_facts(result)),
            ("truth-table rows", result["table_rows"]),
            ("Verilog", f"{result['verilog_bytes']:,} bytes in {report.circuit.directory}"),
            ("latency", f"{result['latency_cycles']} clock cycles"),
            ("samples simulated", f"{report.verdict.samples:,} ({report.verdict.simulator})"),
            ("vectors simulated", report.verdict.vectors),
            ("mismatches", report.verdict.mismatches),
            *((f"seconds: {stage}", f"{value:.1f}") for stage, value in report.seconds.items()),
        ]
        print_facts(f"{loaded.name}: from samples to a proven circuit", facts)
    context.exit(0 if report.verdict.ok else 1)
