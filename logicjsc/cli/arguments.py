"""Arguments that several commands take, and what a shell completes them with."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from click.shell_completion import CompletionItem

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _sources(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Runs, circuits, points of the zoo and configs; files are left to the shell."""
    from logicjsc.artefacts.sources import zoo_points
    from logicjsc.core.places import DEFAULT_CIRCUITS, DEFAULT_RUNS
    from logicjsc.methods.loading import shipped_configs

    folders = [*_folders(DEFAULT_RUNS), *_folders(DEFAULT_CIRCUITS)]
    return _matching([*folders, *zoo_points(), *shipped_configs()], incomplete)


def _runs(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from logicjsc.core.places import DEFAULT_RUNS

    return _matching(_folders(DEFAULT_RUNS), incomplete)


def _configs(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from logicjsc.methods.loading import shipped_configs

    return _matching(shipped_configs(), incomplete)


def _settings(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Keys of the settings of the method that the config on the line names."""
    from logicjsc.core.errors import LogicjscError
    from logicjsc.core.settings import described
    from logicjsc.methods.loading import load_config, resolve_config
    from logicjsc.methods.method import DEFAULT, find_method

    method = find_method(DEFAULT)
    with contextlib.suppress(LogicjscError):
        method = load_config(resolve_config(str(context.params.get("config") or ""))).finder
    return [
        CompletionItem(f"{entry.key}=", help=entry.text)
        for entry in described(method.config)
        if entry.key.startswith(incomplete)
    ]


def _tasks(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from logicjsc.dataset.task import known_tasks

    return _matching(known_tasks(), incomplete)


def complete_targets(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names of targets of ``--for``."""
    from logicjsc.emit.targets.target import known_targets

    return _matching(known_targets(), incomplete)


def sources_argument(**options: Any) -> Callable[[_Command], _Command]:  # noqa: ANN401 - click's
    """``SOURCE``: a path, or the name of a config or of a point of the zoo."""
    return click.argument("source", shell_complete=_sources, **options)


source_argument = sources_argument()
"""``SOURCE``, which must be given."""


def run_argument(command: _Command) -> _Command:
    """``RUN``: the folder of a run."""
    kind: Any = click.Path(path_type=Path)
    return click.argument("run", type=kind, shell_complete=_runs)(command)


def config_argument(**options: Any) -> Callable[[_Command], _Command]:  # noqa: ANN401 - click's
    """``CONFIG``: a TOML file, or the name of a shipped config."""
    return click.argument("config", shell_complete=_configs, **options)


set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=_settings,
    help="Change a setting (logicjsc settings lists them).",
)

samples_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    shell_complete=_tasks,
    help="Samples to use: a file in any known format, a folder, or a known task's name.",
)


class Registers(NamedTuple):
    """Where a network has registers, as options of a circuit: one of three ways."""

    pipeline: int = 1
    lut_depth: int = 0
    clock_ps: float = 0.0


class Pipeline(click.ParamType[Registers]):
    """``K``, ``depth=N`` or ``clock=1.2ns``."""

    name = "K|depth=N|clock=T"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Registers:
        """Read the text of the option."""
        if isinstance(value, Registers):
            return value
        text = str(value)
        if text.startswith("clock="):
            time: float = DURATION.convert(text.removeprefix("clock="), param, ctx)
            return Registers(clock_ps=time)
        found = re.fullmatch(r"(depth=)?(\d{1,6})", text)
        if found is None or (found[1] and not int(found[2])):
            self.fail(
                f"{value!r} is neither a number of layers nor depth=1, depth=2, ..., nor a time "
                "like clock=1.2ns",
                param,
                ctx,
            )
        number = int(found[2])
        return Registers(lut_depth=number) if found[1] else Registers(number)


class Duration(click.ParamType[float]):
    """A time like ``1.2ns`` or ``1200ps``, in picoseconds."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the text of the option."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)(ns|ps)", str(value))
        time = float(found[1]) * (1000 if found[2] == "ns" else 1) if found else 0.0
        if not time:
            self.fail(f"{value!r} is no time like 1.2ns or 1200ps", param, ctx)
        return time


DURATION = Duration()


def _folders(place: Path) -> list[str]:
    if not place.is_dir():
        return []
    return [str(path) for path in sorted(place.iterdir()) if path.is_dir()]


def _matching(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]
