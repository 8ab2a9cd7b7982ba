"""``logicjsc test``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.arguments import samples_option, source_argument
from logicjsc.core.console.options import json_option, print_json


@click.command("test")
@source_argument
@samples_option
@json_option
def command(source: str, data: Path | None, *, as_json: bool) -> None:
    """Accuracy, loss and AUC of SOURCE: a run, model, netlist, circuit, C library or zoo point.

    It is measured on the test part of the samples that it was made from, wherever they lie now
    (--data), or on all of --data if that holds others.
    """
    from logicjsc.artefacts.measure import artefact_metrics
    from logicjsc.artefacts.sources import identify
    from logicjsc.core.console.tables import metric_facts, print_facts

    metrics, samples = artefact_metrics(identify(source), data)
    report = {"data": samples.source, "part": samples.part, **metrics.to_dict()}
    if as_json:
        print_json({"source": source, **report})
    else:
        facts = [("measured on", f"{samples.source} ({samples.part})"), *metric_facts(report)]
        print_facts(source, facts)
