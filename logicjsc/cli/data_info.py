"""``logicjsc data info``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.dataset.facts import Facts


@dataclass(frozen=True)
class _Report:
    """Facts about samples, and what their task has to say of them."""

    facts: Facts
    of_task: dict[str, Any]


@click.command("info")
@click.argument("data", type=path_type)
@click.option("--target", default="", metavar="NAME", help="Column or columns to predict.")
@click.option("--ignore", default="", metavar="NAME,...", help="Columns to leave out.")
@click.option("--task", default="", help="Known task that the file belongs to.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of reading, such as data.missing=mean.",
)
@click.option("--plot", "picture", type=path_type, metavar="FILE", help="Draw the features (PNG).")
@click.option("--baseline/--no-baseline", default=True, help="Train two quick models.")
@json_option
def command(
    data: Path,
    target: str,
    ignore: str,
    task: str,
    assignments: tuple[str, ...],
    *,
    picture: Path | None,
    baseline: bool,
    as_json: bool,
) -> None:
    """Say what samples DATA holds: a file in any known format, a folder, or a known task's name.

    Shape, kinds of columns, missing values, constants, repeated rows, class balance, columns that
    seem to identify rows or to give the target away, and what accuracy to expect: by chance, of a
    linear model, and of boosted trees.
    """
    import json

    from logicjsc.core.progress import shown_progress
    from logicjsc.dataset.facts import facts_of
    from logicjsc.dataset.load import load_described
    from logicjsc.dataset.task import known_tasks
    from logicjsc.methods.loading import parse_config

    named = {"path": str(data), "target": target, "ignore": ignore, "task": task}
    flags = [
        f"data.{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in named.items()
        if value
    ]
    config = parse_config("", source=str(data), name="data", assignments=(*flags, *assignments))
    with shown_progress("reading") as update:
        update(0, 0, str(data))
        samples, remarks, missing = load_described(config.config.data)
        update(0, 0, "training a linear model and boosted trees")
        facts = facts_of(samples, remarks, missing, baseline=baseline)
    known = known_tasks().get(config.config.data.task or str(data))
    of_task = {}
    if known is not None and known.describe is not None:
        of_task = known.describe(data, samples)
    if picture is not None:
        from logicjsc.dataset.plot import plot_samples

        plot_samples(samples, picture)
    if as_json:
        print_json({**facts.to_dict(), **of_task})
    else:
        _show(_Report(facts, of_task))


def _text(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _show(report: _Report) -> None:
    from logicjsc.core.console.tables import percent, print_facts, print_table, result_text

    facts = report.facts
    target = facts.target
    rows = [
        ("samples", facts.samples),
        ("features", len(facts.features)),
        ("missing values", _text(facts.missing) or "none"),
        ("target", f"{target['column'] or 'an array'}, kind {target['kind']}"),
        *((name, f"{count:,.6g}") for name, count in facts.balance.items()),
        ("rows that repeat an earlier one", facts.duplicates),
        ("equal features, another target", facts.contradictions),
        ("fingerprint", facts.fingerprint),
        *report.of_task.items(),
    ]
    train, test = facts.baseline_samples
    if facts.chance is not None:
        rows.append(("chance", percent(facts.chance)))
    for name, metrics in (("linear model", facts.linear), ("boosted trees", facts.trees)):
        if metrics is not None:
            reached = result_text(metrics.to_dict())
            rows.append((name, f"{reached} (trained on {train:,}, tested on {test:,} samples)"))
    print_facts(facts.source, rows)
    print_table(
        "features",
        ("feature", "kind", "smallest", "mean", "standard deviation", "largest", "distinct",
         "zeros"),
        (
            (
                entry.name,
                entry.kind,
                f"{entry.smallest:.5g}",
                f"{entry.mean:.5g}",
                f"{entry.deviation:.5g}",
                f"{entry.largest:.5g}",
                entry.distinct,
                percent(entry.zeros),
            )
            for entry in facts.features
        ),
    )  # fmt: skip
    for remark in facts.remarks:
        click.echo(f"look at this: {remark}")
