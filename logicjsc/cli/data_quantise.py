"""``logicjsc data quantise``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import data_option, json_option, path_type, print_json


@click.command("quantise")
@click.option("--bits", type=int, required=True, help="Width of the words, 2 to 24.")
@data_option
@click.option("--out", type=path_type, help="Write the jets with rounded features (.npz).")
@click.option("--report/--no-report", default=True, help="Measure the accuracy lost, 6 to 16 bits.")
@json_option
def command(bits: int, data: Path | None, out: Path | None, *, report: bool, as_json: bool) -> None:
    """Round features to fixed-point words of BITS bits, as a trigger delivers them.

    Each feature has its own range and a power-of-two step, fitted on the training jets. The report
    trains gradient-boosted trees on words of 6 to 16 bits and says what the rounding costs. To
    train a network on words: logicjsc train CONFIG --set data.feature_bits=BITS.
    """
    from logicjsc.cli.tables import percent, print_table
    from logicjsc.core.progress import progress_bar
    from logicjsc.dataset.quantise import REPORTED_BITS, quantise

    widths = REPORTED_BITS if report else ()
    with progress_bar("measuring", len(widths) or None) as update:
        result = quantise(bits, data, out, widths, update)
    if as_json:
        print_json(result.to_dict())
        return
    print_table(
        f"{result.source}: words of {bits} bits",
        ("feature", "step", "lowest", "highest word"),
        ((name, f"2^{exponent}", low, high) for name, exponent, low, high in result.formats),
    )
    if result.losses:
        print_table(
            f"gradient-boosted trees: {percent(result.float_accuracy)} on float features, "
            f"+- {percent(result.standard_error)}",
            ("bits", "accuracy", "lost", "saturated at most"),
            (
                (loss.bits, percent(loss.accuracy), percent(loss.lost), percent(loss.saturated))
                for loss in result.losses
            ),
        )
    if out is not None:
        click.echo(f"wrote {out}")
