"""The gradient method's own files in a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.files import write_text
from logicjsc.core.run import Run
from logicjsc.core.texts import read_plain

FILES: Final = (
    "checkpoint.pt",
    "state.pt",
    "metrics.jsonl",
    "tensorboard",
    "model.onnx",
    "model.qonnx.onnx",
)


@dataclass(frozen=True)
class GradientFiles:
    """Where things are in a run.

    Attributes:
        run: the run.
    """

    run: Run

    @property
    def checkpoint(self) -> Path:
        """The weights that validated best."""
        return self.run.path / "checkpoint.pt"

    @property
    def state(self) -> Path:
        """Everything needed to go on training."""
        return self.run.path / "state.pt"

    @property
    def metrics(self) -> Path:
        """One JSON line per epoch."""
        return self.run.path / "metrics.jsonl"

    @property
    def tensorboard(self) -> Path:
        """TensorBoard event files."""
        return self.run.path / "tensorboard"

    @property
    def onnx(self) -> Path:
        """The exported model."""
        return self.run.path / "model.onnx"

    def read_metrics(self, epochs: int | None = None) -> list[dict[str, Any]]:
        """What each epoch reached, or each of the first ``epochs``.

        Lines behind them may be of an epoch that was interrupted, and are not looked at.

        Raises:
            RunError: the file is damaged.
        """
        if not self.metrics.is_file():
            return []
        try:
            lines = read_plain(self.metrics).splitlines()
            return [json.loads(line) for line in lines[:epochs]]
        except ValueError as error:
            raise RunError(
                f"{self.metrics} is damaged ({error}); remove {self.run.path}"
            ) from error

    def truncate_metrics(self, epochs: int) -> None:
        """Forget the metrics of epochs after the first ``epochs``."""
        if self.metrics.is_file():
            lines = read_plain(self.metrics).splitlines(keepends=True)
            write_text(self.metrics, "".join(lines[:epochs]))

    def append_metrics(self, entry: dict[str, Any]) -> None:
        """Add the metrics of one epoch.

        Raises:
            OutputError: the file cannot be written.
        """
        try:
            with self.metrics.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry) + "\n")
        except OSError as error:
            raise OutputError(f"cannot write {self.metrics}: {error.strerror}") from error
