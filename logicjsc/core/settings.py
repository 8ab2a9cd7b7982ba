"""Settings as frozen dataclasses from TOML: default < file < flag, everything else refused."""

from __future__ import annotations

import difflib
import math
import operator
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, asdict, field, fields, is_dataclass
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from logicjsc.core.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_BOUNDS: Final[dict[str, tuple[str, Callable[[float, float], bool]]]] = {
    "at_least": ("at least", operator.ge),
    "above": ("above", operator.gt),
    "at_most": ("at most", operator.le),
    "below": ("below", operator.lt),
}

_Table = TypeVar("_Table")

_LARGEST: Final = 2**63 - 1
"""Largest whole number of TOML."""


def setting(
    default: Any,  # noqa: ANN401 - the field's annotation carries the type
    text: str,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> Any:  # noqa: ANN401 - dataclasses.field itself returns Any
    """A dataclass field with the sentence that explains it and the bounds of its numbers."""
    bounds = {"at_least": at_least, "above": above, "at_most": at_most, "below": below}
    known = {name: bound for name, bound in bounds.items() if bound is not None}
    return field(default=default, metadata={"help": text, "bounds": known})


def read_sections(
    kind: type[_Table],
    values: dict[str, Any],
    source: str,
    assignments: Iterable[str] = (),
    *,
    origin: str = "--set",
) -> tuple[_Table, dict[str, str]]:
    """A dataclass whose fields are sections, from TOML with assignments over it.

    Args:
        kind: the dataclass.
        values: its tables; changed in place.
        source: where they come from, for messages.
        assignments: ``section.key=value``; they win.
        origin: where the assignments come from, for messages.

    Returns:
        The dataclass, and where each value came from by dotted key.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type or lies out of bounds.
    """
    origins: dict[str, str] = {}
    for section, keys in values.items():
        if isinstance(keys, dict):
            origins |= {f"{section}.{key}": source for key in keys}
    for assignment in assignments:
        key, value = _parse_assignment(assignment)
        section, _, leaf = key.partition(".")
        values.setdefault(section, {})
        if isinstance(values[section], dict):
            values[section][leaf] = value
        origins[key] = origin
    built: _Table = _build(kind, values, source, origins, "")
    return built, origins


def name_of(path: Path) -> str:
    """What a config is called: its file without suffix, or what holds a ``config.toml``."""
    return path.resolve().parent.name if path.name == "config.toml" else path.stem


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: the file is missing or no TOML.
    """
    return parse_toml(read_text(path), str(path))


def read_table(kind: type[_Table], values: Mapping[str, Any], source: str, prefix: str) -> _Table:
    """A dataclass of settings from a TOML table; ``prefix`` is put before its keys in messages.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type or lies out of bounds.
    """
    built: _Table = _build(kind, values, source, {}, prefix)
    return built


def to_toml(config: DataclassInstance) -> str:
    """A whole config as TOML text, which `parse_config` or `read_sections` reads back."""
    import tomli_w

    return tomli_w.dumps(asdict(config))


def read_text(path: Path) -> str:
    """The text of a config.

    Raises:
        ConfigError: the file is missing, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no config {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """The tables of TOML text; ``source`` stands in messages.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # absurd numbers, absurd nesting
        raise ConfigError(f"{source} is not valid TOML: {error}") from error


def _parse_assignment(assignment: str) -> tuple[str, Any]:
    key, equals, text = assignment.partition("=")
    key = key.strip()
    if not equals or "." not in key:
        raise ConfigError(f"--set {assignment!r}: write it as section.key=value")
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return key, text.strip()  # a bare word: the shell has eaten the quotes of a string


def _build(
    kind: type[Any], values: Mapping[str, Any], source: str, origins: Mapping[str, str], prefix: str
) -> Any:  # noqa: ANN401 - builds whichever dataclass it is given
    known = {entry.name: entry for entry in fields(kind)}
    hints = get_type_hints(kind)
    built = {}
    for key, value in values.items():
        dotted = f"{prefix}{key}"
        where = origins.get(dotted, source)
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            options = f"did you mean {prefix}{close[0]}?" if close else f"known: {', '.join(known)}"
            raise ConfigError(f"{where}: unknown key {dotted}; {options}")
        if is_dataclass(hints[key]):
            if not isinstance(value, dict):
                raise ConfigError(f"{where}: {dotted} must be a table, write it as [{dotted}]")
            built[key] = _build(hints[key], value, source, origins, f"{dotted}.")
        else:
            built[key] = _convert(hints[key], value, f"{where}: {dotted} = {value!r}")
            _check_bounds(known[key], built[key], f"{where}: {dotted} = {value!r}")
    return kind(**built)


def _convert(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any TOML value
    """Give ``value`` the type ``hint``, or refuse it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        if value in arguments:
            return value
        raise ConfigError(f"{where} is not one of {', '.join(map(repr, arguments))}")
    if origin in (Union, types.UnionType):
        # The only unions are "one number, or one per layer".
        return _convert(arguments[isinstance(value, (list, tuple))], value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ConfigError(f"{where} must be a list, like [{value}]")
        if arguments[-1] is Ellipsis:
            return tuple(_convert(arguments[0], entry, where) for entry in value)
        if len(value) != len(arguments):
            raise ConfigError(f"{where} needs {len(arguments)} entries, not {len(value)}")
        return tuple(map(_convert, arguments, value, [where] * len(value)))
    return _convert_scalar(hint, value, where)


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any TOML value
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ConfigError(f"{where} is too large")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # bool is a subclass of int, and `epochs = true` is a mistake.
    if type(value) is not hint:
        names = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}
        raise ConfigError(f"{where} must be {names[hint]}")
    return value


def _check_bounds(entry: Field[Any], value: Any, where: str) -> None:  # noqa: ANN401 - any setting
    for number in _numbers(value):
        if not math.isfinite(number):
            raise ConfigError(f"{where} must be finite")
        for word, bound in entry.metadata["bounds"].items():
            phrase, holds = _BOUNDS[word]
            if not holds(number, bound):
                raise ConfigError(f"{where} must be {phrase} {bound:g}")


def _numbers(value: Any) -> Iterator[float]:  # noqa: ANN401 - any setting
    if isinstance(value, tuple):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, (int, float)):
        yield value
