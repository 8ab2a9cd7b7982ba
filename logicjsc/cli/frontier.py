"""``logicjsc frontier``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.arguments import samples_option
from logicjsc.core.console.options import (
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)
from logicjsc.core.executor import Executor

if TYPE_CHECKING:
    from logicjsc.explore.frontier.published import PublishedTable
    from logicjsc.explore.frontier.rows import Collected


@click.command("frontier")
@click.argument("folders", type=path_type, nargs=-1)
@click.option(
    "--task", default="", help="Of networks for several tasks, compare those for this one."
)
@samples_option
@click.option(
    "--published",
    "data_set",
    default="",
    help="Data set whose published results stand beside ours (default: the task's first). Sets are "
    "never mixed: another one needs its samples in --data.",
)
@click.option("--out", type=path_type, help="Folder for frontier.md and frontier.png.")
@click.option(
    "--docs", type=path_type, metavar="PAGE", help="Refresh the tables of a page, and its picture."
)
@click.option(
    "--encoder-bits",
    type=click.IntRange(2, 12),
    default=8,
    show_default=True,
    help="Width of the words for networks that were trained on float features.",
)
@click.option(
    "--timing",
    is_flag=True,
    help="Estimate latencies and area-delay products as well (seconds to minutes each).",
)
@click.option("--yosys", is_flag=True, help="Let Yosys confirm the figures (minutes each).")
@effort_option("medium", "How hard our own mapper searches.")
@jobs_option
@json_option
def command(
    folders: tuple[Path, ...],
    *,
    task: str,
    data: Path | None,
    data_set: str,
    out: Path | None,
    docs: Path | None,
    encoder_bits: int,
    effort: str,
    jobs: Executor,
    timing: bool,
    yosys: bool,
    as_json: bool,
) -> None:
    """Accuracy against area of all networks in FOLDERS (default: zoo), beside published ones.

    FOLDERS hold runs, circuits, netlists or points of the zoo. Each network is tested on the test
    part of its samples, or of --data, and mapped alone and with both ends. Figures are kept, so a
    second call is instant.
    """
    from logicjsc.core.files import shipped
    from logicjsc.core.progress import shown_progress
    from logicjsc.explore.frontier.published import load_published
    from logicjsc.explore.frontier.rows import Collecting, collect
    from logicjsc.explore.zoo.measure import Measuring

    if out is not None or docs is not None:
        from logicjsc.core.pictures import require_plotting

        require_plotting()
    measuring = Measuring(effort, yosys=yosys, jobs=jobs)
    collecting = Collecting(task, data, encoder_bits, measuring, timing=timing)
    with shown_progress("measuring") as update:
        found = collect(folders or (shipped("zoo"),), collecting, lambda step: update(0, 0, step))
    published = load_published(found.task, data_set)
    if data_set and data is None and published != load_published(found.task):
        raise click.UsageError(f"--published {data_set} needs the samples of that set in --data")
    written = _write(found, published, out, docs)
    if as_json:
        from dataclasses import asdict

        print_json(
            {
                "rows": [row.to_dict() for row in found.rows],
                "published": [asdict(table) for table in published],
                "passed_over": list(found.passed_over),
                "files": [str(path) for path in written],
            }
        )
        return
    _print(found, published)
    for path in written:
        click.echo(f"wrote {path}")


def _write(
    found: Collected, published: tuple[PublishedTable, ...], out: Path | None, docs: Path | None
) -> list[Path]:
    from logicjsc.core.files import write_text
    from logicjsc.explore.frontier.plot import plot_frontier
    from logicjsc.explore.frontier.tables import is_timed, refresh_page, to_markdown
    from logicjsc.explore.frontier.time_plot import plot_area_delay

    written: list[Path] = []
    timed = is_timed(found.rows)
    for page, is_ours in ((docs, False), (out and out / "frontier.md", True)):
        if page is None:
            continue
        picture, time_picture = page.with_suffix(".png"), page.with_name(f"{page.stem}-time.png")
        second = time_picture.name if timed else ""
        text = to_markdown(found.rows, published, picture.name, second)
        (write_text if is_ours else refresh_page)(page, text)
        plot_frontier(found.rows, published, picture)
        written += [page, picture]
        if timed:
            plot_area_delay(found.rows, published, time_picture)
            written.append(time_picture)
    return written


def _print(found: Collected, published: tuple[PublishedTable, ...]) -> None:
    from logicjsc.core.console.tables import print_table
    from logicjsc.explore.frontier.tables import (
        cells,
        header,
        is_timed,
        notes,
        published_cells,
        published_header,
        published_title,
    )

    timed = is_timed(found.rows)
    ours = [cells(row, timed=timed) for row in found.rows]
    print_table("Ours", header(found.metric, timed=timed), ours)
    for note in notes(found.rows):
        click.echo(f"  {note}.")
    for table in published:
        heads = published_header(table.metric, timed=timed)
        print_table(published_title(table), heads, published_cells(table, timed=timed))
        click.echo(f"  {table.note}.")
    for sentence in found.passed_over:
        click.echo(f"passed over: {sentence}", err=True)
