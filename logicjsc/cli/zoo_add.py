"""``logicjsc zoo add``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.common import (
    data_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)


@click.command("add")
@click.argument("source", type=path_type)
@click.option("--into", "folder", type=path_type, required=True, help="Folder: zoo/NAME.")
@data_option
@click.option(
    "--jets-of",
    default="re-created jets",
    show_default=True,
    help="What those jets are, for tables; re-created jets never bear a published set's name.",
)
@click.option("--title", default="", help="One line for tables and pictures (default: its name).")
@click.option(
    "--seed-run",
    "seeds",
    type=path_type,
    multiple=True,
    metavar="RUN",
    help="A run of the same config with another seed; repeat for all of them.",
)
@click.option("--config", type=path_type, help="The config that trained a SOURCE that is no run.")
@click.option(
    "--command", "rebuild", default="", help="The one command that makes it again, if not train."
)
@click.option(
    "--encoder-bits",
    type=click.IntRange(2, 12),
    default=8,
    show_default=True,
    help="Width of the words for a network that was trained on float features.",
)
@click.option(
    "--synth", type=path_type, metavar="FILE", help="What logicjsc synth --json said, for its Fmax."
)
@click.option("--yosys", is_flag=True, help="Let Yosys confirm the figures (minutes).")
@effort_option("medium", "How hard our own mapper searches.")
@jobs_option
@json_option
def command(
    source: Path,
    *,
    folder: Path,
    data: Path | None,
    jets_of: str,
    title: str,
    seeds: tuple[Path, ...],
    config: Path | None,
    rebuild: str,
    encoder_bits: int,
    synth: Path | None,
    effort: str,
    jobs: int,
    yosys: bool,
    as_json: bool,
) -> None:
    """Commit SOURCE, a run or a netlist, as a point of the zoo.

    It is tested once on the test part of its jets, mapped to LUTs alone and with encoder and
    argmax, and verified from the checkpoint to Verilog. If a check does not hold, nothing is
    written.
    """
    from dataclasses import asdict

    from logicjsc.artefacts.sources import identify
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.frontier.measure import Measuring
    from logicjsc.explore.frontier.zoo import Details, add_point

    details = Details(
        title=title,
        data=data,
        jets_of=jets_of,
        config=config,
        command=rebuild,
        seeds=seeds,
        encoder_bits=encoder_bits,
        synth=synth,
        measuring=Measuring(effort, yosys=yosys, jobs=jobs),
    )
    with progress_bar("adding") as update:
        point = add_point(identify(source), folder, details, lambda step: update(0, step))
    if as_json:
        print_json(asdict(point))
        return
    test, core = point.test, point.figures.core
    click.echo(
        f"{folder}: {test.right:,} of {test.jets:,} test jets right, {core.lut:,} LUTs alone"
        + (f", {point.figures.whole.lut:,} with both ends" if point.figures.whole else "")
    )
