"""The config of any method from TOML and ``--set`` flags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import shipped
from logicjsc.core.settings import (
    flat,
    name_of,
    parse_assignment,
    parse_toml,
    plain,
    read_sections,
    read_text,
    to_toml,
)
from logicjsc.methods.method import DEFAULT, Method, find_method

_METHOD = "method"
_STUDIES = "studies"
"""Folder of studies beside configs."""


@dataclass(frozen=True)
class LoadedConfig:
    """A config and where each of its values came from.

    Attributes:
        name: name of the config, the file's without its suffix.
        method: name of the method.
        config: its settings.
        origins: the file or ``"--set"`` by dotted key; others are defaults.
    """

    name: str
    method: str
    config: Any
    origins: Mapping[str, str]

    @property
    def finder(self) -> Method:
        """The method itself."""
        return find_method(self.method)

    def to_toml(self) -> str:
        """As TOML, which `parse_config` reads back."""
        return config_to_toml(self.method, self.config)

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Key, value and origin of every setting."""
        yield _METHOD, json.dumps(self.method), self.origins.get(_METHOD, "default")
        for key, value in flat(plain(self.config)):
            # JSON writes numbers, strings and lists as TOML does, on one line.
            text = json.dumps(value, ensure_ascii=False)
            yield key, text, self.origins.get(key, "default")


def config_to_toml(method: str, config: Any) -> str:  # noqa: ANN401 - a method's own settings
    """All settings of a run as TOML."""
    return to_toml(config, **{_METHOD: method})


def shipped_configs() -> dict[str, Path]:
    """Paths of the configs that travel with the package, by name."""
    return {path.stem: path for path in _shipped() if path.parent.name != _STUDIES}


def shipped_studies() -> dict[str, Path]:
    """Paths of the studies that travel with the package, by name."""
    return {path.stem: path for path in _shipped() if path.parent.name == _STUDIES}


def first_comment(path: Path) -> str:
    """What a TOML file says of itself in the comment that it begins with, on one line."""
    lines = []
    for line in read_text(path).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines)


def _shipped() -> list[Path]:
    return sorted(shipped("configs").rglob("*.toml"))


def resolve_config(name_or_path: str) -> Path:
    """A config's path: a file, or the name of a shipped one such as ``jsc-s``.

    Raises:
        ConfigError: there is neither.
    """
    return resolve_shipped("config", name_or_path, shipped_configs())


def resolve_shipped(kind: str, name_or_path: str, known: Mapping[str, Path]) -> Path:
    """Path of a file, or of a shipped one by its name.

    Raises:
        ConfigError: there is neither.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    if name_or_path in known:
        return known[name_or_path]
    raise ConfigError(
        f"there is no {kind} {name_or_path!r}; give a file, or one of: {', '.join(sorted(known))}"
    )


def load_config(
    path: Path, assignments: Iterable[str] = (), *, origin: str = "--set"
) -> LoadedConfig:
    """Read a TOML file and apply ``section.key=value`` assignments over it.

    Args:
        path: the file.
        assignments: settings that win over the file's; the values are TOML.
        origin: where the assignments come from, for messages.

    Raises:
        ConfigError: the file is missing or no TOML, a key is unknown, or a value has the wrong
            type or lies out of bounds; the message names file, key, value and fix.
    """
    text = read_text(path)
    return parse_config(
        text, source=str(path), name=name_of(path), assignments=assignments, origin=origin
    )


def with_settings(loaded: LoadedConfig, settings: Mapping[str, Any]) -> LoadedConfig:
    """The same with other settings, by dotted key.

    Raises:
        ConfigError: a key is unknown, or a value is refused.
    """
    if not settings:
        return loaded
    tables = {_METHOD: loaded.method, **plain(loaded.config)}
    return from_tables(
        tables,
        source=loaded.name,
        name=loaded.name,
        assignments=as_assignments(settings),
        origin="settings",
    )


def as_assignments(settings: Mapping[str, Any]) -> list[str]:
    """Settings by dotted key as assignments; JSON writes numbers, texts and lists as TOML does.

    Raises:
        ConfigError: a value is none of these.
    """

    def plain_of(value: Any) -> Any:  # noqa: ANN401 - any value
        if isinstance(value, Path):
            return str(value)
        if hasattr(value, "dtype") and hasattr(value, "tolist"):
            return value.tolist()  # numpy's numbers and arrays
        raise ConfigError(f"{value!r} is no value of a setting; use a number, a text or a list")

    return [
        f"{key}={json.dumps(value, ensure_ascii=False, default=plain_of)}"
        for key, value in settings.items()
    ]


def parse_config(
    text: str,
    *,
    source: str,
    name: str,
    assignments: Iterable[str] = (),
    origin: str = "--set",
) -> LoadedConfig:
    """Like `load_config`, from TOML text; ``source`` stands in messages."""
    tables = parse_toml(text, source)
    return from_tables(tables, source=source, name=name, assignments=assignments, origin=origin)


def from_tables(
    tables: dict[str, Any],
    *,
    source: str,
    name: str,
    assignments: Iterable[str] = (),
    origin: str = "--set",
) -> LoadedConfig:
    """Like `load_config`, from plain tables, which are changed."""
    chosen, where = tables.pop(_METHOD, None), source
    others = []
    for assignment in assignments:
        key, value = parse_assignment(assignment)
        if key == _METHOD:
            chosen, where = value, origin
        elif "." not in key:
            raise ConfigError(f"--set {assignment!r}: write it as section.key=value")
        else:
            others.append(assignment)
    if chosen is not None and not isinstance(chosen, str):
        raise ConfigError(f"{where}: method = {chosen!r} must be a string")
    method = find_method(DEFAULT if chosen is None else chosen, where)
    config, origins = read_sections(method.config, tables, source, others, origin=origin)
    if chosen is not None:
        origins[_METHOD] = where
    return LoadedConfig(name, method.name, config, origins)
