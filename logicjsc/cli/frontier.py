"""``logicjsc frontier``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.common import (
    data_option,
    effort_option,
    jobs_option,
    json_option,
    path_type,
    print_json,
)

if TYPE_CHECKING:
    from logicjsc.explore.frontier.anchors import AnchorTable
    from logicjsc.explore.frontier.rows import Collected


@click.command("frontier")
@click.argument("folders", type=path_type, nargs=-1)
@data_option
@click.option(
    "--anchors",
    "data_set",
    type=click.Choice(["openml", "cernbox"]),
    default="openml",
    show_default=True,
    help="Which published results stand beside ours. The sets are never mixed: re-created jets are "
    "like OpenML's, so cernbox needs CERNBox jets in --data.",
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
@click.option("--yosys", is_flag=True, help="Let Yosys confirm the figures (minutes each).")
@effort_option("medium", "How hard our own mapper searches.")
@jobs_option
@json_option
def command(
    folders: tuple[Path, ...],
    *,
    data: Path | None,
    data_set: str,
    out: Path | None,
    docs: Path | None,
    encoder_bits: int,
    effort: str,
    jobs: int,
    yosys: bool,
    as_json: bool,
) -> None:
    """Accuracy against area of all networks in FOLDERS (default: zoo), beside published ones.

    FOLDERS hold runs, circuits, netlists or points of the zoo. Each network is tested on the test
    part of its jets, or of --data, and mapped alone and with encoder and argmax. Figures are kept,
    so a second call is instant.
    """
    from logicjsc.core.progress import progress_bar
    from logicjsc.explore.frontier.anchors import load_anchors
    from logicjsc.explore.frontier.measure import Measuring
    from logicjsc.explore.frontier.rows import Collecting, collect

    if data_set == "cernbox" and data is None:
        raise click.UsageError("--anchors cernbox needs the jets of CERNBox in --data")
    if out is not None or docs is not None:
        from logicjsc.explore.frontier.plot import require_plotting

        require_plotting()
    anchors = load_anchors("cernbox" if data_set == "cernbox" else "openml")
    collecting = Collecting(data, encoder_bits, Measuring(effort, yosys=yosys, jobs=jobs))
    with progress_bar("measuring") as update:
        found = collect(folders or (Path("zoo"),), collecting, lambda step: update(0, step))
    written = _write(found, anchors, out, docs)
    if as_json:
        from dataclasses import asdict

        print_json(
            {
                "rows": [row.to_dict() for row in found.rows],
                "anchors": [asdict(table) for table in anchors],
                "passed_over": list(found.passed_over),
                "files": [str(path) for path in written],
            }
        )
        return
    _print(found, anchors)
    for path in written:
        click.echo(f"wrote {path}")


def _write(
    found: Collected, anchors: tuple[AnchorTable, ...], out: Path | None, docs: Path | None
) -> list[Path]:
    from logicjsc.core.files import write_text
    from logicjsc.explore.frontier.plot import plot_frontier
    from logicjsc.explore.frontier.tables import refresh_page, to_markdown

    written = []
    if docs is not None:
        picture = docs.with_suffix(".png")
        refresh_page(docs, to_markdown(found.rows, anchors, picture.name))
        plot_frontier(found.rows, anchors, picture)
        written += [docs, picture]
    if out is not None:
        table, picture = out / "frontier.md", out / "frontier.png"
        write_text(table, to_markdown(found.rows, anchors, picture.name))
        plot_frontier(found.rows, anchors, picture)
        written += [table, picture]
    return written


def _print(found: Collected, anchors: tuple[AnchorTable, ...]) -> None:
    from logicjsc.cli.tables import print_table
    from logicjsc.explore.frontier.tables import (
        ANCHOR_HEADER,
        HEADER,
        anchor_cells,
        anchor_title,
        cells,
        notes,
    )

    print_table("Ours", HEADER, map(cells, found.rows))
    for note in notes(found.rows):
        click.echo(f"  {note}.")
    for table in anchors:
        print_table(anchor_title(table), ANCHOR_HEADER, anchor_cells(table))
        click.echo(f"  {table.note}.")
    for sentence in found.passed_over:
        click.echo(f"passed over: {sentence}", err=True)
