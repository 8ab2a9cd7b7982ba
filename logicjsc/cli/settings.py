"""``logicjsc settings``."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from logicjsc.core.console.options import json_option, print_json
from logicjsc.core.errors import ConfigError


def _sections(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [CompletionItem(name) for name in _all_sections() if name.startswith(incomplete)]


@click.command("settings")
@click.argument("section", default="", shell_complete=_sections)
@click.option("--method", "only", help="Those of this method alone.")
@json_option
def command(section: str, only: str | None, *, as_json: bool) -> None:
    """List settings with their defaults and what they are; of SECTION alone, if it is given.

    SECTION is a table of a config, such as training or network.mlp.
    """
    from dataclasses import asdict

    from logicjsc.core.console.tables import print_table
    from logicjsc.core.settings import described
    from logicjsc.methods.method import find_method, known_methods

    found = {}
    for name in [only] if only else known_methods():
        method = find_method(name)
        entries = [
            entry
            for entry in described(method.config)
            if not section or entry.key.startswith(f"{section}.")
        ]
        if entries:
            found[name] = (method.title, entries)
    if not found:
        known = ", ".join(_all_sections())
        raise ConfigError(f"there is no section {section!r}; known: {known}")
    if as_json:
        print_json(
            {
                name: {"about": title, "settings": [asdict(entry) for entry in entries]}
                for name, (title, entries) in found.items()
            }
        )
        return
    for name, (title, entries) in found.items():
        print_table(
            f'method = "{name}": {title}',
            ("setting", "default", "allowed", "what it is"),
            ((entry.key, entry.default, entry.allowed, entry.text) for entry in entries),
        )


def _all_sections() -> list[str]:
    from logicjsc.core.settings import described
    from logicjsc.methods.method import find_method, known_methods

    keys = [entry.key for name in known_methods() for entry in described(find_method(name).config)]
    return sorted({key.rpartition(".")[0] for key in keys})
