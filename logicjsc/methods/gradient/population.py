"""The members of a population as configs of single runs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from logicjsc.methods.gradient.config import Config, MembersConfig


def member_configs(config: Config) -> tuple[Config, ...]:
    """One config per member; training it alone gives the member's own weights.

    Without lists of their own, members differ in their seed and their connectivity seed.
    """
    size = config.training.population
    members: list[Config] = []
    for index in range(size):
        changes: dict[str, dict[str, Any]] = {"training": {"population": 1}, "network": {}}
        for entry in fields(MembersConfig):
            values = getattr(config.members, entry.name)
            section = "training" if hasattr(config.training, entry.name) else "network"
            if values:
                changes[section][entry.name] = values[index]
            elif entry.name.endswith("seed"):
                changes[section][entry.name] = getattr(getattr(config, section), entry.name) + index
        members.append(
            replace(
                config,
                training=replace(config.training, **changes["training"]),
                network=replace(config.network, **changes["network"]),
                members=MembersConfig(),
            )
        )
    return tuple(members)
