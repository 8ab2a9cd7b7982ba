"""TOML and ``--set`` flags to a `Config`: default < file < flag, everything else refused."""

from __future__ import annotations

import difflib
import json
import math
import operator
import tomllib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, asdict, dataclass, fields, is_dataclass
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

from logicjsc.config.connectivity import check_connectivity
from logicjsc.config.schema import Config
from logicjsc.errors import ConfigError
from logicjsc.files import shipped

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


@dataclass(frozen=True)
class LoadedConfig:
    """A config and where each of its values came from.

    Attributes:
        name: name of the config, the file's without its suffix.
        config: the values.
        origins: ``"default"``, the file or ``"--set"`` by dotted key.
    """

    name: str
    config: Config
    origins: Mapping[str, str]

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Key, value and origin of every setting that has an effect."""
        for section, values in asdict(self.config).items():
            if section == "members" and self.config.training.population == 1:
                continue
            for key, value in values.items():
                dotted = f"{section}.{key}"
                # JSON writes numbers, strings and lists as TOML does, on one line.
                yield dotted, json.dumps(value), self.origins.get(dotted, "default")


def resolve_config(name_or_path: str) -> Path:
    """A config's path: a file, or the name of a shipped one such as ``jsc-s``.

    Raises:
        ConfigError: there is neither.
    """
    path = Path(name_or_path)
    if path.is_file():
        return path
    named = shipped("configs", f"{name_or_path}.toml")
    if named.is_file():
        return named
    known = ", ".join(sorted(entry.stem for entry in shipped("configs").glob("*.toml")))
    raise ConfigError(f"there is no config {name_or_path!r}; give a file, or one of: {known}")


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
    text = _read_text(path)
    return parse_config(
        text, source=str(path), name=name_of(path), assignments=assignments, origin=origin
    )


def parse_config(
    text: str,
    *,
    source: str,
    name: str,
    assignments: Iterable[str] = (),
    origin: str = "--set",
) -> LoadedConfig:
    """Like `load_config`, from TOML text; ``source`` stands in messages."""
    config, origins = read_sections(
        Config, _parse_toml(text, source), source, assignments, origin=origin
    )
    _check_lengths(config, source, origins)
    check_connectivity(config, lambda key: origins.get(key, source))
    return LoadedConfig(name, config, origins)


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
    return _parse_toml(_read_text(path), str(path))


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


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"there is no config {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error


def _parse_toml(text: str, source: str) -> dict[str, Any]:
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


def _check_lengths(config: Config, source: str, origins: Mapping[str, str]) -> None:
    """Check settings against each other.

    Per-layer lists have one entry per layer, members' one per member, skips go forwards, and
    scores that are sums are added.
    """
    network = config.network
    layers = len(network.hidden) + 1
    for key in ("bits", "fan_in", "neuron", "term_bits", "activation"):
        value = getattr(network, key)
        hidden = key == "activation"
        if isinstance(value, tuple) and len(value) != layers - hidden:
            where = origins.get(f"network.{key}", source)
            raise ConfigError(
                f"{where}: network.{key} = {list(value)} has {len(value)} entries; the network "
                + (
                    f"has {layers - 1} hidden layers"
                    if hidden
                    else f"has {layers} layers, the output layer included"
                )
            )
    _check_families(config, source, origins)
    population = config.training.population
    for key, entries in vars(config.members).items():
        if entries and len(entries) != population:
            where = origins.get(f"members.{key}", source)
            raise ConfigError(
                f"{where}: members.{key} = {list(entries)} has {len(entries)} entries; "
                f"training.population = {population}, so leave it out or give {population}"
            )
    for start, end in network.skips:
        if not 0 <= start < end - 1 < layers:
            where = origins.get("network.skips", source)
            raise ConfigError(
                f"{where}: network.skips entry [{start}, {end}] must run from an earlier layer "
                f"(0: the input) over at least one layer to a layer up to {layers}"
            )


def _check_families(config: Config, source: str, origins: Mapping[str, str]) -> None:
    """Check that neurons get and give what they need."""
    network = config.network
    layers = len(network.hidden) + 1
    neuron = network.neuron if isinstance(network.neuron, tuple) else (network.neuron,) * layers

    def refuse(key: str, reason: str) -> ConfigError:
        return ConfigError(f"{origins.get(f'network.{key}', source)}: {reason}")

    if network.scores == "sum" and neuron[-1] not in {"added", "edges", "lookup"}:
        raise refuse(
            "scores",
            "network.scores = 'sum' needs a last layer that adds; set network.neuron to 'added', "
            "'edges' or 'lookup' there",
        )
    if "lookup" not in neuron:
        if network.connectivity == "learned":
            raise refuse(
                "connectivity",
                "network.connectivity = 'learned' is for network.neuron = 'lookup'; use 'covering'",
            )
        return
    behind = len(neuron) - neuron[::-1].index("lookup")
    if not network.thresholds or set(neuron[:behind]) != {"lookup"}:
        raise refuse(
            "neuron",
            "lookup neurons read bits; set network.thresholds, such as to 8, and put no other "
            "neurons in front of them",
        )
    if neuron[-1] == "lookup" and network.scores != "sum":
        raise refuse("scores", "a last layer of lookup neurons needs network.scores = 'sum'")
