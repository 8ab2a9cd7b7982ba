"""What ``torchrun`` tells the processes that it starts, in environment variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from logicjsc.core.errors import ConfigError

_ADVICE: Final = (
    "start several processes with torchrun --nproc-per-node N -m logicjsc train ..., or one "
    "without WORLD_SIZE"
)


@dataclass(frozen=True)
class Launch:
    """This process among those that were started together.

    Attributes:
        rank: its number, from 0.
        count: how many there are.
        local: its number on this machine.
    """

    rank: int
    count: int
    local: int


def launch_of_environment() -> Launch:
    """What the environment says; without ``WORLD_SIZE`` a process is alone.

    Raises:
        ConfigError: a variable is missing or makes no sense.
    """
    count = _number("WORLD_SIZE", 1, lowest=1)
    if count == 1:
        return Launch(0, 1, 0)
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise ConfigError(f"WORLD_SIZE is {count}, but {missing[0]} is not set; {_ADVICE}")
    _number("MASTER_PORT", 0, lowest=0)
    rank = _number("RANK", 0, lowest=0)
    if rank >= count:
        raise ConfigError(f"RANK is {rank}, but there are {count} processes; {_ADVICE}")
    return Launch(rank, count, _number("LOCAL_RANK", 0, lowest=0))


def _number(name: str, default: int, *, lowest: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or int(text) < lowest:
        raise ConfigError(f"{name} is {text!r}, no whole number from {lowest}; {_ADVICE}")
    return int(text)
