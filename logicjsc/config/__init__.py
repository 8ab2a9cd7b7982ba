"""Settings of a training run: frozen dataclasses, read from TOML."""

from logicjsc.config.connectivity import learning_epochs
from logicjsc.config.population import member_configs
from logicjsc.config.reader import (
    LoadedConfig,
    load_config,
    name_of,
    parse_config,
    read_sections,
    read_table,
    read_toml,
    resolve_config,
    to_toml,
)
from logicjsc.config.schema import (
    Config,
    DataConfig,
    MembersConfig,
    NetworkConfig,
    TrainingConfig,
)

__all__ = [
    "Config",
    "DataConfig",
    "LoadedConfig",
    "MembersConfig",
    "NetworkConfig",
    "TrainingConfig",
    "learning_epochs",
    "load_config",
    "member_configs",
    "name_of",
    "parse_config",
    "read_sections",
    "read_table",
    "read_toml",
    "resolve_config",
    "to_toml",
]
