"""What MkDocs asks while it builds the site: generated pages, and links out of ``docs``.

The pages under ``reference`` are made of the program itself: commands from click, settings from
their dataclasses, the public Python names from `logicjsc.__all__`. Those under ``tutorials`` are
notebooks with what their cells gave (``make notebooks``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from mkdocs.structure.files import File, Files

import logicjsc
from logicjsc.cli.main import main
from logicjsc.core.executor.cluster.settings import ClusterSettings
from logicjsc.core.settings import described
from logicjsc.methods.method import find_method, known_methods

_WIDTH = 96
_TUTORIALS: Final = "tutorials"
_OUTWARD = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")


def on_files(files: Files, config: Any) -> Files:  # noqa: ANN401 - MkDocs' own
    """Add the generated pages."""
    pages = {"commands": commands_page, "settings": settings_page, "python": python_page}
    for name, page in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    for path in sorted((Path(config["docs_dir"]) / _TUTORIALS).glob("*.ipynb")):
        name = f"{_TUTORIALS}/{path.stem}.md"
        files.append(File.generated(config, name, content=notebook_page(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_others: object) -> str:  # noqa: ANN401 - MkDocs'
    """Leave only the words of links to files of the checkout: the site does not hold those."""
    if page.file.src_uri.startswith(f"{_TUTORIALS}/"):
        return markdown  # what is above a tutorial is the site
    return _OUTWARD.sub(r"\1", markdown)


def notebook_page(path: Path) -> str:
    """A notebook as Markdown: its cells, and below each what it gave."""
    parts = []
    for cell in json.loads(path.read_text())["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
        parts += [_output(output) for output in cell.get("outputs", ())]
    return "\n\n".join(parts)


def _output(output: dict[str, Any]) -> str:
    """A table as it is, anything else as text."""
    data = output.get("data", {})
    if "text/html" in data:
        # The site has a style of its own. An empty line would end raw HTML in Markdown.
        table = re.sub(r"<style.*?</style>", "", "".join(data["text/html"]), flags=re.DOTALL)
        table = re.sub(r"\n\s*", "\n", table.strip())
        return table if table.startswith("<div>") else f"<div>\n{table}\n</div>"
    text = "".join(data.get("text/plain") or output["text"]).rstrip()
    return f"```text\n{text}\n```"


def commands_page() -> str:
    """Every command with its help, as the program prints it."""
    parts = ["# Commands", "What `--help` prints of each command."]
    for context in _contexts(main, "logicjsc", None):
        text = context.command.get_help(context)
        parts.append(f"## {context.command_path}\n\n```text\n{text}\n```")
    return "\n\n".join(parts)


def settings_page() -> str:
    """Every setting by method and section."""
    parts = [
        "# Settings",
        "What `logicjsc settings` lists: a config's keys, by method and section.",
    ]
    for name in known_methods():
        method = find_method(name)
        parts.append(f'## method = "{name}"\n\n{method.title}')
        parts += _tables(name, method.config)
    parts.append(
        "## Clusters\n\nThe file that `--cluster` names; see [many machines](../cluster.md)."
    )
    parts += _tables("cluster", ClusterSettings)
    return "\n\n".join(part for part in parts if part)


def _tables(name: str, kind: type[Any]) -> Iterator[str]:
    """A table for each section of a dataclass of settings."""
    section = None
    rows: list[str] = []
    for entry in described(kind):
        above, _, key = entry.key.rpartition(".")
        if above != section:
            yield "\n".join(rows)
            section = above
            rows = [f"### {name}: {above or 'top'}", "", _row("key", "default", "allowed", "is")]
            rows.append("|---|---|---|---|")
        rows.append(_row(f"`{key}`", f"`{entry.default}`", entry.allowed, entry.text))
    yield "\n".join(rows)


def python_page() -> str:
    """The public names with their docstrings, which mkdocstrings puts in."""
    parts = [
        "# Python",
        "Everything that `import logicjsc as lj` offers; see [From Python](../python.md).",
    ]
    for name in logicjsc.__all__:
        if not name.startswith("_"):
            found = getattr(logicjsc, name)
            parts.append(f"::: {found.__module__}.{found.__qualname__}")
    return "\n\n".join(parts)


def _contexts(
    command: click.Command, name: str, above: click.Context | None
) -> Iterator[click.Context]:
    """A command and all below it, in the order in which they are listed."""
    settings: dict[str, Any] = {**command.context_settings, "max_content_width": _WIDTH}
    settings["terminal_width"] = _WIDTH
    context = click.Context(command, parent=above, info_name=name, **settings)
    yield context
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _contexts(found, inner, context)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|").replace("<", "&lt;") for cell in cells) + " |"
