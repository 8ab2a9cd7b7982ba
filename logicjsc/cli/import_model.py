"""``logicjsc import``: one command per kind of model, made from the kind's own settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from logicjsc.core.console.options import json_option, path_type, print_json


class _Kinds(click.Group):
    """A command per kind; only names are looked at until one is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of the kinds."""
        from logicjsc.frontend.importer import known_importers

        return list(known_importers())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a kind."""
        from logicjsc.frontend.importer import find_importer

        if cmd_name not in self.list_commands(ctx):
            return None
        importer = find_importer(cmd_name)

        def run(**given: Any) -> None:  # noqa: ANN401 - what the options hold
            _import(cmd_name, **given)

        common: list[click.Parameter] = [
            click.Argument(["model"], type=path_type),
            click.Option(["--out"], type=path_type, help="Netlist to write (default: NAME.npz)."),
            click.Option(["--name"], help="Of the netlist (default: the file's)."),
            click.Option(
                ["--data"],
                type=path_type,
                help="Samples it is meant for: names are taken from them, and it is tested.",
            ),
        ]
        if importer.starts_at_codes:
            common += [
                click.Option(
                    ["--input-scale"],
                    type=float,
                    default=0.0,
                    help="Step in which features become codes, rounded to the nearest.",
                ),
                click.Option(
                    ["--input-offset"],
                    type=float,
                    default=0.0,
                    help="The feature whose code is 0.",
                ),
            ]
        command = click.Command(
            cmd_name,
            params=[*common, *_options(importer.settings)],
            callback=run,
            help=f"Make a netlist of MODEL: {importer.title}.",
        )
        return json_option(command)


@click.command("import", cls=_Kinds)
def command() -> None:
    """Make a netlist of a model that was made elsewhere.

    The netlist goes the whole road: logicjsc export-verilog, verify, test, map, simplify.
    """


def _options(settings: type[Any]) -> Iterator[click.Option]:
    """An option for each setting of a kind."""
    hints = get_type_hints(settings)
    for entry in fields(settings):
        hint = hints[entry.name]
        name = f"--{entry.name.replace('_', '-')}"
        text = f"{entry.metadata['help'][0].upper()}{entry.metadata['help'][1:]}."
        if hint is bool:
            yield click.Option([f"{name}/--no{name[1:]}"], default=None, help=text)
            continue
        kind: Any = click.Choice(get_args(hint)) if get_origin(hint) is Literal else hint
        shown = f"{text[:-1]} (default: {entry.default})." if entry.default != "" else text
        yield click.Option([name], type=kind, default=None, help=shown)


def _import(
    kind: str,
    *,
    model: Path,
    out: Path | None,
    name: str | None,
    data: Path | None,
    as_json: bool,
    input_scale: float = 0.0,
    input_offset: float = 0.0,
    **settings: Any,  # noqa: ANN401 - of the kind
) -> None:
    from logicjsc.artefacts.describe import netlist_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.core.settings import read_table
    from logicjsc.dataset.config import DataConfig
    from logicjsc.dataset.load import load_dataset
    from logicjsc.frontend.importer import Asked, find_importer, read_model
    from logicjsc.netlist import save_netlist
    from logicjsc.netlist.scoring import metrics_of

    given = {key: value for key, value in settings.items() if value is not None}
    chosen = read_table(find_importer(kind).settings, given, f"import {kind}", "")
    dataset = None
    if data is not None:
        dataset = load_dataset(DataConfig(path=str(data)))
    with shown_progress("importing") as update:
        called = name or model.stem
        asked = Asked(called, chosen, dataset, None, input_scale, input_offset, update)
        imported = read_model(kind, model, asked)
        netlist = imported.netlist
        target = out or Path(f"{netlist.name}.npz")
        save_netlist(netlist, target)
    metrics = None
    if dataset is not None and netlist.encoder is not None and netlist.decoder is not None:
        metrics = metrics_of(netlist, dataset.test).to_dict()
    if as_json:
        print_json(
            {
                "out": str(target),
                "kind": kind,
                "facts": dict(imported.facts),
                "tables": dict(imported.tables),
                "notes": list(imported.notes),
                "test": metrics,
            }
        )
        return
    _print(imported, netlist_facts(netlist), metrics)
    click.echo(f"wrote {target}; next: logicjsc export-verilog {target}")


def _print(imported: Any, described: dict[str, Any], metrics: dict[str, Any] | None) -> None:  # noqa: ANN401
    from logicjsc.core.console.tables import metric_facts, print_facts, print_table

    print_facts(imported.netlist.name, [*imported.facts.items(), *described.items()])
    for title, rows in imported.tables.items():
        if rows:
            print_table(title, tuple(rows[0]), [tuple(row.values()) for row in rows])
    if metrics is not None:
        print_facts("on test samples", metric_facts(metrics))
    for note in imported.notes:
        click.echo(f"note: {note}")
