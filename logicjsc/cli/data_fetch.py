"""``logicjsc data fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.dataset.fetch import FetchReport


def _names(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from logicjsc.dataset.task import published_sets

    return [CompletionItem(name) for name in published_sets() if name.startswith(incomplete)]


@click.command("fetch")
@click.argument("name", shell_complete=_names)
@click.option(
    "--from",
    "local",
    type=path_type,
    metavar="PATH",
    help="Take a file, or a folder of them, that is on this machine already; check and keep it.",
)
@click.option(
    "--cache", type=path_type, help="Cache folder (default: LOGICJSC_CACHE, or ~/.cache)."
)
@click.option("--offline", is_flag=True, help="Use what the cache has; never the network.")
@click.option("--refresh", is_flag=True, help="Download anew, and accept a file that changed.")
@json_option
def command(
    name: str,
    local: Path | None,
    cache: Path | None,
    *,
    offline: bool,
    refresh: bool,
    as_json: bool,
) -> None:
    """Fetch the published set NAME, check it, and say where it is.

    Several addresses are tried in turn. A download that was interrupted goes on where it stopped.
    What arrives is believed only if its contents are those of the published set; a later download
    must be the same file, byte for byte, unless --refresh is given.
    """
    from logicjsc.core.files import cache_directory
    from logicjsc.core.progress import shown_progress
    from logicjsc.dataset.fetch import fetch
    from logicjsc.dataset.task import published_sets

    known = published_sets()
    if name not in known:
        raise click.UsageError(f"{name!r} is no published set; known: {', '.join(sorted(known))}")
    if offline and (refresh or local is not None):
        other = "--refresh" if refresh else "--from"
        raise click.UsageError(f"--offline and {other} exclude each other")
    base = cache or cache_directory()
    with shown_progress(f"fetching {name}") as update:

        def on_progress(done: int, remark: str) -> None:
            update(done, 0, remark)

        report = fetch(
            known[name],
            base,
            offline=offline,
            refresh=refresh,
            local=local,
            on_progress=on_progress,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)


def _show(report: FetchReport) -> None:
    from logicjsc.core.console.tables import print_facts

    for file in report.files:
        print_facts(
            report.title,
            [
                ("file", file.path),
                ("from", file.url if file.downloaded else f"the cache; first {file.url}"),
                ("bytes", file.bytes),
                ("SHA-256", file.sha256),
                ("MD5 of its publisher", file.md5 or "none given"),
                *((key, _text(value)) for key, value in file.facts.items()),
            ],
        )
    if report.terms:
        click.echo(f"terms: {report.terms}")
    click.echo(f"train on it with --data {report.path} --set data.task={report.task}")


def _text(value: Any) -> Any:  # noqa: ANN401 - a fact
    if not isinstance(value, dict):
        return value
    return ", ".join(f"{name} {count:,}" for name, count in value.items())
