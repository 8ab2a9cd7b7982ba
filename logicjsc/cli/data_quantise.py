"""``logicjsc data quantise``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from logicjsc.cli.arguments import samples_option
from logicjsc.core.console.options import json_option, path_type, print_json


@click.command("quantise")
@click.option("--bits", type=int, required=True, help="Width of the words, 2 to 24.")
@samples_option
@click.option("--target", default="", metavar="NAME", help="Column or columns to predict.")
@click.option("--ignore", default="", metavar="NAME,...", help="Columns to leave out.")
@click.option("--out", type=path_type, help="Write the samples with rounded features (.npz).")
@click.option("--report/--no-report", default=True, help="Measure the accuracy lost, 6 to 16 bits.")
@json_option
def command(
    bits: int,
    data: Path | None,
    target: str,
    ignore: str,
    out: Path | None,
    *,
    report: bool,
    as_json: bool,
) -> None:
    """Round features to fixed-point words of BITS bits, as a trigger delivers them.

    Each number has its own range and a power-of-two step, fitted on the training samples; bits and
    words stay as they are. The report trains gradient-boosted trees on words of 6 to 16 bits and
    says what the rounding costs. To train a network on words: logicjsc train CONFIG --set
    data.feature_bits=BITS.
    """
    from logicjsc.core.console.tables import percent, print_table
    from logicjsc.core.progress import shown_progress
    from logicjsc.dataset import load_dataset
    from logicjsc.dataset.quantise import REPORTED_BITS, quantise
    from logicjsc.methods.loading import parse_config

    named = {"path": data and str(data), "target": target, "ignore": ignore}
    flags = [
        f"data.{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in named.items()
        if value
    ]
    config = parse_config("", source="--data", name="data", assignments=flags)
    dataset = load_dataset(config.config.data)
    with shown_progress("measuring") as update:
        result = quantise(bits, dataset, out, REPORTED_BITS if report else (), update)
    if as_json:
        print_json(result.to_dict())
        return
    print_table(
        f"{result.source}: words of {bits} bits",
        ("feature", "bits", "step", "lowest", "highest word"),
        (
            (name, width, f"2^{exponent}", low, high)
            for name, width, exponent, low, high in result.formats
        ),
    )
    if result.losses:
        print_table(
            f"gradient-boosted trees: {result.measure} {percent(result.float_figure)} on float "
            f"features",
            ("bits", result.measure, "lost", "saturated at most"),
            (
                (loss.bits, percent(loss.figure), percent(loss.lost), percent(loss.saturated))
                for loss in result.losses
            ),
        )
    if out is not None:
        click.echo(f"wrote {out}")
