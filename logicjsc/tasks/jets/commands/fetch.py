"""``logicjsc data fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.tasks.jets.fetch import FetchReport


@click.command("fetch")
@click.argument("name", type=click.Choice(["openml", "cernbox"]))
@click.option(
    "--cache", type=path_type, help="Cache folder (default: LOGICJSC_CACHE, or ~/.cache)."
)
@click.option("--offline", is_flag=True, help="Use what the cache has; never the network.")
@click.option("--refresh", is_flag=True, help="Download anew, and accept a file that changed.")
@json_option
def command(name: str, cache: Path | None, *, offline: bool, refresh: bool, as_json: bool) -> None:
    """Fetch the published jets NAME, check them, and say where they are.

    A download that was interrupted goes on where it stopped. What arrives is believed only if its
    contents are those of the published set; a later download must be the same file, byte for byte,
    unless --refresh is given.
    """
    from logicjsc.core.files import cache_directory
    from logicjsc.core.progress import shown_progress
    from logicjsc.tasks.jets.fetch import CATALOGUE, fetch

    if offline and refresh:
        raise click.UsageError("--offline and --refresh exclude each other")
    base = cache or cache_directory()
    with shown_progress(f"fetching {name}") as update:

        def on_progress(done: int, remark: str) -> None:
            update(done, 0, remark)

        report = fetch(
            CATALOGUE[name], base, offline=offline, refresh=refresh, on_progress=on_progress
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: FetchReport) -> None:
    from logicjsc.core.console.tables import print_facts

    identity = report.identity
    print_facts(
        report.title,
        [
            ("file", report.path),
            ("from", report.url if report.downloaded else f"the cache; first {report.url}"),
            ("bytes", report.bytes),
            ("SHA-256", report.sha256),
            ("MD5 of its publisher", report.md5 or "none given"),
            ("rows", identity.rows),
            ("jets without repetitions", identity.jets),
            *((f"class {label}", count) for label, count in identity.classes.items()),
            ("farthest feature", f"{identity.feature}, distance {identity.distance:.4f}"),
        ],
    )
    click.echo(f"train on it with: logicjsc train jsc-s --set data.path={report.path}")
