"""Settings as frozen dataclasses: default < file < flag, everything else refused by name.

A `Section` checks its own values whether it is read from TOML or built from Python. A section may
hold others whose names only a registry knows; the field for them is made by `sections`.
"""

from __future__ import annotations

import difflib
import json
import math
import operator
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import (
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from logicjsc.core.errors import ConfigError
from logicjsc.core.texts import NoTextError, read_plain

_BOUNDS: Final[dict[str, tuple[str, Callable[[float, float], bool]]]] = {
    "at_least": ("at least", operator.ge),
    "above": ("above", operator.gt),
    "at_most": ("at most", operator.le),
    "below": ("below", operator.lt),
}

_Table = TypeVar("_Table")

_LARGEST: Final = 2**63 - 1
"""Largest whole number of TOML."""

_SECTIONS: Final = "sections"


class SettingError(ConfigError):
    """A setting that does not go with others; a reader puts in front where it came from.

    Attributes:
        key: its dotted key within the dataclass that found out.
    """

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


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


def sections(known: Callable[[], Mapping[str, type[Any]]]) -> Any:  # noqa: ANN401 - as above
    """A field for sections by name, each a dataclass of its own; see `known_sections`."""
    return field(default_factory=dict, metadata={_SECTIONS: known})


@dataclass(frozen=True)
class Section:
    """Base of dataclasses of settings: types and bounds are checked on construction.

    Raises:
        ConfigError: a value has the wrong type or lies out of bounds.
    """

    def __post_init__(self) -> None:
        for entry in fields(self):
            if _SECTIONS in entry.metadata or is_dataclass(_hints(type(self))[entry.name]):
                continue
            value = getattr(self, entry.name)
            where = f"{type(self).__name__}: {entry.name} = {value!r}"
            converted = _checked(type(self), entry, value, where)
            object.__setattr__(self, entry.name, converted)
        self.check()

    def check(self) -> None:
        """Check settings against each other.

        Raises:
            SettingError: some do not go together.
        """


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
    origins = dict.fromkeys(_dotted(values, ""), source)
    for assignment in assignments:
        key, value = parse_assignment(assignment)
        table, *path = values, *key.split(".")
        for place, part in enumerate(path[:-1], start=1):
            if part not in table:
                origins[".".join(path[:place])] = origin
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                break  # the reader says that it must be a table
            table = inner
        else:
            table[path[-1]] = value
        origins |= dict.fromkeys(_dotted({key: value}, ""), origin)
    built = build(kind, values, source, origins, "")
    return built, {key: origins[key] for key, _ in flat(values)}


def read_table(kind: type[_Table], values: Mapping[str, Any], source: str, prefix: str) -> _Table:
    """A dataclass of settings from a TOML table; ``prefix`` is put before its keys in messages.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type or lies out of bounds.
    """
    return build(kind, values, source, {}, prefix)


def name_of(path: Path) -> str:
    """What a config is called: its file without suffix, or what holds a ``config.toml``."""
    return path.resolve().parent.name if path.name == "config.toml" else path.stem


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: the file is missing or no TOML.
    """
    return parse_toml(read_text(path), str(path))


def plain(config: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass of settings
    """A dataclass of settings as plain tables and values, as TOML has them."""
    tables: dict[str, Any] = {}
    for entry in fields(config):
        value = getattr(config, entry.name)
        if _SECTIONS in entry.metadata:
            tables |= {name: plain(section) for name, section in value.items()}
        elif is_dataclass(value):
            tables[entry.name] = plain(value)
        else:
            tables[entry.name] = _as_lists(value)
    return tables


def flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Values of tables by dotted key."""
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def to_toml(config: Any, **first: str) -> str:  # noqa: ANN401 - a dataclass of settings
    """A whole config as TOML text, which `read_sections` reads back; ``first`` keys go before."""
    import tomli_w

    return tomli_w.dumps({**first, **plain(config)})


def known_sections(kind: type[Any]) -> dict[str, type[Any]]:
    """Sections of a dataclass of settings by name, those that a registry knows included."""
    found: dict[str, type[Any]] = {}
    for entry in fields(kind):
        if _SECTIONS in entry.metadata:
            found |= entry.metadata[_SECTIONS]()
        elif is_dataclass(_hints(kind)[entry.name]):
            found[entry.name] = _hints(kind)[entry.name]
    return found


@dataclass(frozen=True)
class Described:
    """One setting, for people.

    Attributes:
        key: its dotted key.
        default: its default, as TOML writes it.
        text: what it is.
        allowed: its type, choices and bounds.
    """

    key: str
    default: str
    text: str
    allowed: str


def described(kind: type[Any], prefix: str = "") -> Iterator[Described]:
    """Every setting of a dataclass of settings, sections after their neighbours."""
    for entry in fields(kind):
        if "help" in entry.metadata:
            yield Described(
                f"{prefix}{entry.name}",
                json.dumps(_as_lists(entry.default)),
                entry.metadata["help"],
                _allowed(_hints(kind)[entry.name], entry),
            )
    for name, section in known_sections(kind).items():
        yield from described(section, f"{prefix}{name}.")


def read_text(path: Path) -> str:
    """The text of a config.

    Raises:
        ConfigError: the file is missing, or no text.
    """
    try:
        return read_plain(path)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no config {path}") from error
    except (OSError, NoTextError) as error:
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


def refuse_bytes(values: Mapping[str, Any]) -> None:
    """Refuse names of files and folders that no TOML file can hold.

    Args:
        values: tables of settings.

    Raises:
        ConfigError: a text is no UTF-8.
    """
    for key, value in flat(values):
        for text in value if isinstance(value, list | tuple) else [value]:
            try:
                str(text).encode()
            except UnicodeEncodeError as error:
                raise ConfigError(
                    f"{key} = {text!r} is a name that is no UTF-8, which a config cannot hold; "
                    f"rename the file or folder"
                ) from error


def parse_assignment(assignment: str) -> tuple[str, Any]:
    """Key and value of ``section.key=value``.

    Raises:
        ConfigError: it is written otherwise.
    """
    key, equals, text = assignment.partition("=")
    key = key.strip()
    if not equals or not all(key.split(".")):
        raise ConfigError(f"--set {assignment!r}: write it as section.key=value")
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return key, text.strip()  # a bare word: the shell has eaten the quotes of a string


def build(
    kind: type[_Table],
    values: Mapping[str, Any],
    source: str,
    origins: Mapping[str, str],
    prefix: str,
) -> _Table:
    """A dataclass of settings from plain values.

    Args:
        kind: the dataclass.
        values: its tables.
        source: where they come from, for messages.
        origins: where single values come from instead, by dotted key.
        prefix: what stands before the keys in messages.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type or lies out of bounds.
    """
    entries = {entry.name: entry for entry in fields(cast("Any", kind))}
    tables = known_sections(kind)
    dynamic = next((name for name, entry in entries.items() if _SECTIONS in entry.metadata), "")
    plain_keys = [name for name in entries if name != dynamic]
    built: dict[str, Any] = {}
    for key, value in values.items():
        dotted = f"{prefix}{key}"
        where = origins.get(dotted, source)
        if key in tables:
            if not isinstance(value, dict):
                raise ConfigError(f"{where}: {dotted} must be a table, write it as [{dotted}]")
            section = build(tables[key], value, source, origins, f"{dotted}.")
            if key in entries:
                built[key] = section
            else:
                built.setdefault(dynamic, {})[key] = section
        elif key in plain_keys:
            built[key] = _checked(kind, entries[key], value, f"{where}: {dotted} = {value!r}")
        else:
            known = [*plain_keys, *(name for name in tables if name not in plain_keys)]
            close = difflib.get_close_matches(key, known, n=1)
            options = f"did you mean {prefix}{close[0]}?" if close else f"known: {', '.join(known)}"
            raise ConfigError(f"{where}: unknown key {dotted}; {options}")
    try:
        return kind(**built)
    except SettingError as error:
        where = origins.get(f"{prefix}{error.key}", source)
        raise ConfigError(f"{where}: {error}") from error


_known_hints: dict[Any, dict[str, Any]] = {}


def _hints(kind: type[Any]) -> dict[str, Any]:
    """Types of a dataclass's fields; looking them up is slow."""
    if kind not in _known_hints:
        _known_hints[kind] = get_type_hints(kind)
    return _known_hints[kind]


def _checked(kind: type[Any], entry: Field[Any], value: Any, where: str) -> Any:  # noqa: ANN401 - any setting
    converted = _convert(_hints(kind)[entry.name], value, where)
    _check_bounds(entry, converted, where)
    return converted


def _convert(hint: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any TOML value
    """Give ``value`` the type ``hint``, or refuse it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        if value in arguments:
            return value
        raise ConfigError(f"{where} is not one of {', '.join(map(repr, arguments))}")
    if origin in (Union, types.UnionType):
        # The only unions are "one, or one per layer".
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
    if hasattr(value, "dtype") and hasattr(value, "item"):
        value = value.item()  # numpy's numbers, from Python
    if hint is str and isinstance(value, Path):
        return str(value)
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
        for word, bound in entry.metadata.get("bounds", {}).items():
            phrase, holds = _BOUNDS[word]
            if not holds(number, bound):
                raise ConfigError(f"{where} must be {phrase} {bound:g}")


def _numbers(value: Any) -> Iterator[float]:  # noqa: ANN401 - any setting
    if isinstance(value, tuple):
        for entry in value:
            yield from _numbers(entry)
    elif isinstance(value, (int, float)):
        yield value


def _dotted(values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")
        yield f"{prefix}{key}"


def _as_lists(value: Any) -> Any:  # noqa: ANN401 - any setting
    return [_as_lists(entry) for entry in value] if isinstance(value, tuple) else value


def _allowed(hint: Any, entry: Field[Any]) -> str:  # noqa: ANN401 - any type
    origin, arguments = get_origin(hint), get_args(hint)
    names = {int: "whole number", float: "number", str: "text", bool: "true or false"}
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if origin in (Union, types.UnionType):
        return f"{_allowed(arguments[0], entry)}, or a list"
    if origin is tuple:
        inner = next(argument for argument in arguments if argument is not Ellipsis)
        kind, comma, limits = _allowed(inner, entry).partition(", ")
        several = {"text": "texts", "true or false": "true or false"}.get(kind, f"{kind}s")
        return f"list of {several}{comma}{limits}"
    bounds = entry.metadata.get("bounds", {})
    limits = ", ".join(f"{_BOUNDS[word][0]} {bound:g}" for word, bound in bounds.items())
    return f"{names.get(hint, str(hint))}{', ' if limits else ''}{limits}"
