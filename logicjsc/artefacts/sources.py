"""What a path on the command line stands for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.errors import RunError
from logicjsc.methods.gradient.rundir import RunDirectory

DEFAULT_RUNS: Final = Path("runs")
DEFAULT_CIRCUITS: Final = Path("hw", "build")


@dataclass(frozen=True)
class Source:
    """What a path stands for: a run, an ONNX model, a netlist, a circuit or a C library."""

    kind: str
    path: Path

    @property
    def name(self) -> str:
        """Name for what is made from it: the run's, or the file's without its suffix."""
        return self.path.resolve().name if self.path.is_dir() else self.path.stem

    def netlist_beside(self, suffix: str) -> Path:
        """Where a netlist made from it goes by default, called after it and a suffix."""
        folder = self.path if self.kind == "run" else self.path.parent
        return folder / f"{self.name}-{suffix}.npz"


def identify(path: Path) -> Source:
    """What a path stands for.

    Raises:
        RunError: it is missing, or nothing that logicjsc knows.
    """
    if (path / RunDirectory.MARKER).is_file():
        return Source("run", path)
    if (path / "manifest.json").is_file():
        return Source("circuit", path)
    if (path / "library.json").is_file():
        return Source("library", path)
    kinds = {".onnx": "onnx", ".npz": "netlist", ".toml": "config"}
    if path.is_file() and path.suffix in kinds:
        return Source(kinds[path.suffix], path)
    if not path.exists():
        raise RunError(f"there is nothing at {path}")
    raise RunError(
        f"{path} is not a run directory, an ONNX model (.onnx), a netlist (.npz), a config (.toml) "
        f"or a directory with a circuit or C code"
    )
