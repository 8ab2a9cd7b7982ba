"""Settings by dotted key over a base config, as studies give them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from logicjsc.core.errors import ConfigError
from logicjsc.methods.loading import LoadedConfig, as_assignments, load_config, resolve_config

Settings: TypeAlias = dict[str, Any]
"""Values by dotted key, such as ``training.batch_size``."""


def resolve_base(name: str, definition: Path) -> Path:
    """A base config: a file beside the definition, any other file, or a shipped config's name.

    Raises:
        ConfigError: there is none.
    """
    beside = definition.parent / name
    try:
        return beside if beside.is_file() else resolve_config(name)
    except ConfigError as error:
        raise ConfigError(f"{definition}: base = {name!r}: {error}") from error


def flatten(values: object, table: str, source: Path, leaves: tuple[str, ...] = ()) -> Settings:
    """Dotted keys of a table, whether it was written with quoted keys or as nested tables.

    Args:
        values: the table as TOML gave it.
        table: its name, for messages.
        source: the file, for messages.
        leaves: keys by which a table is known to be a value, not a section.

    Raises:
        ConfigError: it is no table, or a key is no section and setting.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"{source}: {table} must be a table, write it as [{table}]")
    flat: Settings = {}
    for key, value in values.items():
        if isinstance(value, dict) and not set(value) & set(leaves):
            inner = flatten(value, f"{table}.{key}", source, leaves) if value else {}
            flat |= {f"{key}.{name}": entry for name, entry in inner.items()}
        else:
            flat[key] = value
    for key in flat:
        if "." not in key and "." not in table:
            raise ConfigError(
                f'{source}: unknown key {table}.{key}; write settings as "section.key", such as '
                f'"training.batch_size"'
            )
    return flat


def overlay(base: Path, settings: Mapping[str, Any], source: Path) -> LoadedConfig:
    """A config with settings over it, which ``source`` is named for.

    Raises:
        ConfigError: a key is unknown or a value is refused.
    """
    return load_config(base, as_assignments(settings), origin=str(source))
