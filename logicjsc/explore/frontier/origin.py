"""The settings that a point was made with, whichever command made it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from logicjsc.artefacts.runs import AnyConfig
from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import to_toml
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.anneal.definition import AnnealConfig
from logicjsc.methods.gradient.config import Config


@dataclass(frozen=True)
class Origin:
    """How a network came to be.

    Attributes:
        config: all settings.
        command: the one command that makes it again.
    """

    config: AnyConfig
    command: str

    @property
    def data(self) -> DataConfig:
        """Its jets."""
        return self.config.data

    @property
    def seed(self) -> int:
        """Of the start and of all draws."""
        if isinstance(self.config, Config):
            return self.config.training.seed
        if isinstance(self.config, AnnealConfig):
            return self.config.annealing.seed
        return self.config.compacting.seed

    def text(self) -> str:
        """The settings as TOML that says nothing about the machine they were used on."""
        return to_toml(config_without_paths(self.config))


def config_without_paths(config: AnyConfig) -> AnyConfig:
    """A config that says nothing about the machine it was used on.

    Raises:
        ConfigError: it names a teacher or a run to start from by an absolute path.
    """
    if isinstance(config, Config):
        for key in ("teacher", "start_from"):
            value = getattr(config.training, key)
            if Path(value).is_absolute():
                raise ConfigError(
                    f"training.{key} = {value!r} is a path of this machine; give a config with a "
                    "relative one by --config"
                )
    return replace(config, data=replace(config.data, path=""))
