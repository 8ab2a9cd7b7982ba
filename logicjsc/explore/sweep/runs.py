"""One training of many: found finished, continued, or begun, and never by two at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.core.errors import RunError
from logicjsc.core.settings import to_toml
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import LoadedConfig
from logicjsc.methods.gradient.rundir import RunDirectory

if TYPE_CHECKING:
    from logicjsc.methods.gradient.report import EpochReport


def run_digest(config: Config, fingerprint: str) -> str:
    """What names a run: all its settings and the jets it sees.

    Args:
        config: the settings.
        fingerprint: of the three parts of the jets (`Dataset.fingerprint`).
    """
    text = f"{to_toml(config)}\n{fingerprint}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_finished(path: Path) -> bool:
    """Whether a run was trained and tested to its end."""
    return RunDirectory(path).result.is_file()


def epochs_done(path: Path) -> int:
    """Epochs that a run has in its metrics."""
    metrics = RunDirectory(path).metrics
    return len(metrics.read_bytes().splitlines()) if metrics.is_file() else 0


def train_once(loaded: LoadedConfig, path: Path, on_epoch: Callable[[EpochReport], None]) -> None:
    """Bring the run in ``path`` to its end: begin it, continue it, or leave it if it is finished.

    Another process that is at it is waited for.

    Raises:
        LogicjscError: the training failed.
    """
    from filelock import FileLock

    from logicjsc.methods.gradient.method import resume, train

    path.parent.mkdir(parents=True, exist_ok=True)
    # A process that was killed holds no lock any more.
    with FileLock(path.with_name(f"{path.name}.lock")):
        if is_finished(path):
            return
        if RunDirectory(path).config_file.is_file():
            resume(path, on_epoch)
        else:
            train(loaded, path, on_epoch)


def read_metrics(run: RunDirectory) -> list[dict[str, Any]]:
    """What each epoch of a run reached.

    Raises:
        RunError: the file is damaged.
    """
    if not run.metrics.is_file():
        return []
    try:
        lines = run.metrics.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise RunError(f"{run.metrics} is damaged ({error}); remove {run.path}") from error
