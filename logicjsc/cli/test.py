"""``logicjsc test``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import data_option, json_option, path_type, print_json


@click.command("test")
@click.argument("source", type=path_type)
@data_option
@json_option
def command(source: Path, data: Path | None, *, as_json: bool) -> None:
    """Accuracy, loss and AUC of SOURCE: a run, an ONNX model, a netlist or a circuit.

    Without --data, a run is tested on the test part of its own jets, anything else on that of the
    bundled sample.
    """
    from logicjsc.artefacts.measure import measure
    from logicjsc.artefacts.sources import identify
    from logicjsc.cli.tables import metric_facts, print_facts

    report = measure(identify(source), data).to_dict()
    if as_json:
        print_json({"source": str(source), **report})
    else:
        print_facts(str(source), metric_facts(report))
