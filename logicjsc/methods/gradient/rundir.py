"""The run directory: where everything of one training run lives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.files import refuse_foreign_directory, write_text
from logicjsc.core.settings import to_toml
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.loading import load_config


@dataclass(frozen=True)
class RunDirectory:
    """Paths of one run, and the small files in it.

    Attributes:
        path: ``runs/<name>``; ``config.toml`` in it is what marks a run directory.
    """

    path: Path

    MARKER = "config.toml"

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.path.resolve().name

    @property
    def config_file(self) -> Path:
        """The effective config."""
        return self.path / self.MARKER

    @property
    def checkpoint(self) -> Path:
        """The weights that validated best."""
        return self.path / "checkpoint.pt"

    @property
    def state(self) -> Path:
        """Everything needed to go on training."""
        return self.path / "state.pt"

    @property
    def metrics(self) -> Path:
        """One JSON line per epoch."""
        return self.path / "metrics.jsonl"

    @property
    def tensorboard(self) -> Path:
        """TensorBoard event files."""
        return self.path / "tensorboard"

    @property
    def result(self) -> Path:
        """The final test, as JSON; present when training is complete."""
        return self.path / "result.json"

    @property
    def onnx(self) -> Path:
        """The exported model."""
        return self.path / "model.onnx"

    @property
    def netlist(self) -> Path:
        """The tabulated model."""
        return self.path / "netlist.npz"

    @property
    def verification(self) -> Path:
        """The verification ladder's verdict, as JSON."""
        return self.path / "verify.json"

    @classmethod
    def create(cls, path: Path, config: Config, *, overwrite: bool) -> RunDirectory:
        """Start a new run.

        Raises:
            OutputError: ``path`` exists and is not a run directory.
            RunError: it is one, and ``overwrite`` is false.
        """
        refuse_foreign_directory(path, cls.MARKER)
        run = cls(path)
        if run.config_file.is_file():
            if not overwrite:
                raise RunError(
                    f"{path} exists already; continue it with --resume {path}, replace it with "
                    f"--overwrite, or choose another --out"
                )
            run._clear()
        write_text(run.config_file, to_toml(config))
        return run

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """An existing run.

        Raises:
            RunError: ``path`` is not a run directory.
        """
        run = cls(path)
        if not run.config_file.is_file():
            raise RunError(f"{path} is not a run directory: it has no {cls.MARKER}")
        return run

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of this run while the block runs.

        Raises:
            RunError: another process works on it.
            OutputError: its parent directory cannot be written.
        """
        from filelock import FileLock, Timeout

        # Beside the directory: a new run does not exist yet, and must stay empty until it does.
        path = self.path.resolve()
        file = path.with_name(f".{path.name}.lock")
        lock = FileLock(file, timeout=0)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise RunError(
                f"another process works on {self.path}; wait until it ends, or choose another --out"
            ) from error
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
            lock.release()

    def load_config(self) -> Config:
        """The effective config of the run."""
        return load_config(self.config_file).config

    def load_result(self) -> dict[str, Any]:
        """The final test's figures; empty while training is not complete.

        Raises:
            RunError: they are damaged.
        """
        if not self.result.is_file():
            return {}
        try:
            result = json.loads(self.result.read_text(encoding="utf-8"))
        except ValueError:
            result = None
        if not isinstance(result, dict):
            raise RunError(
                f"{self.result} is damaged; write it again with logicjsc train --resume {self.path}"
            )
        return result

    def truncate_metrics(self, epochs: int) -> None:
        """Forget the metrics of epochs after the first ``epochs``."""
        if self.metrics.is_file():
            lines = self.metrics.read_text(encoding="utf-8").splitlines(keepends=True)
            write_text(self.metrics, "".join(lines[:epochs]))

    def append_metrics(self, entry: dict[str, Any]) -> None:
        """Add the metrics of one epoch."""
        with self.metrics.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")

    def _clear(self) -> None:
        """Remove the files of a former run, and only those."""
        import shutil

        for file in (
            self.checkpoint,
            self.state,
            self.metrics,
            self.result,
            self.onnx,
            self.netlist,
            self.verification,
        ):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.tensorboard, ignore_errors=True)
