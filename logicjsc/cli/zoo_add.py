"""``logicjsc zoo add``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.cli.arguments import samples_option, source_argument
from logicjsc.core.console.options import (
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)
from logicjsc.core.executor import Executor


@click.command("add")
@source_argument
@click.option("--into", "folder", type=path_type, required=True, help="Folder: zoo/TASK/NAME.")
@samples_option
@click.option(
    "--samples-of",
    default="",
    help="What those samples are called in tables (default: their file or task).",
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
    source: str,
    *,
    folder: Path,
    data: Path | None,
    samples_of: str,
    title: str,
    seeds: tuple[Path, ...],
    config: Path | None,
    rebuild: str,
    encoder_bits: int,
    synth: Path | None,
    effort: str,
    jobs: Executor,
    yosys: bool,
    as_json: bool,
) -> None:
    """Commit SOURCE, a run or a netlist, as a point of the zoo.

    It is tested once on the test part of its samples, mapped to LUTs alone and with both ends, and
    verified from the checkpoint to Verilog. If a check does not hold, nothing is
    written.
    """
    from dataclasses import asdict

    from logicjsc.artefacts.sources import identify
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.zoo.add import Details, add_point
    from logicjsc.explore.zoo.measure import Measuring
    from logicjsc.explore.zoo.points import Tested

    details = Details(
        title=title,
        data=data,
        samples_of=samples_of,
        config=config,
        command=rebuild,
        seeds=seeds,
        encoder_bits=encoder_bits,
        synth=synth,
        measuring=Measuring(effort, yosys=yosys, jobs=jobs),
    )
    with shown_progress("adding") as update:
        point = add_point(identify(source), folder, details, lambda step: update(0, 0, step))
    if as_json:
        print_json(asdict(point))
        return
    test, core = point.test, point.figures.core
    reached = (
        f"{test.correct:,} of {test.samples:,} test samples correct"
        if isinstance(test, Tested)
        else f"error {test.error:.4g}, {test.inside:,} of {test.samples:,} test samples in the core"
    )
    click.echo(
        f"{folder}: {reached}, "
        f"{core.lut:,} LUTs alone"
        + (f", {point.figures.whole.lut:,} with both ends" if point.figures.whole else "")
    )
