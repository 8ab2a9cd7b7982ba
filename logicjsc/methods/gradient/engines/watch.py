"""Looking on while an engine trains an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch

Watch: TypeAlias = Callable[[int, torch.Tensor], None]
"""Called within an epoch with a member's place and its losses so far; it may raise."""


def unwatched(_member: int, _losses: torch.Tensor) -> None:
    """Look at nothing."""
