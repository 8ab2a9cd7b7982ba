"""A gradient method's config from TOML and ``--set`` flags."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import shipped
from logicjsc.core.settings import name_of, parse_toml, read_sections, read_text
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.learned_connectivity import check_connectivity


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
    text = read_text(path)
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
        Config, parse_toml(text, source), source, assignments, origin=origin
    )
    _check_lengths(config, source, origins)
    check_connectivity(config, lambda key: origins.get(key, source))
    return LoadedConfig(name, config, origins)


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
