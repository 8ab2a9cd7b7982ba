"""Settings that suit samples of which nothing is known but their shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.methods.loading import LoadedConfig, from_tables

if TYPE_CHECKING:
    from logicjsc.dataset import Dataset


def suggested_config(dataset: Dataset, assignments: Iterable[str] = ()) -> LoadedConfig:
    """A small network for samples, with assignments over its settings."""
    raise NotImplementedError
