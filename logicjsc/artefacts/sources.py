"""What a path or a name on the command line stands for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from logicjsc.core.errors import RunError
from logicjsc.core.files import shipped
from logicjsc.core.run import Run
from logicjsc.core.settings import read_toml
from logicjsc.methods.loading import shipped_configs, shipped_studies

POINT: Final = "point.toml"
"""The file by which a point of the zoo is known."""

STUDY: Final = "study.txt"
"""The file by which the folder of a study is known."""

Kind: TypeAlias = Literal[
    "run", "circuit", "library", "point", "study", "onnx", "netlist", "config", "study definition"
]

_MARKERS: Final[tuple[tuple[str, Kind], ...]] = (
    (Run.MARKER, "run"),
    (POINT, "point"),
    (STUDY, "study"),
    ("manifest.json", "circuit"),
    ("library.json", "library"),
)
_SUFFIXES: Final[dict[str, Kind]] = {".onnx": "onnx", ".npz": "netlist", ".toml": "config"}

_OF_STUDIES: Final = ("grid", "space", "blocks")
"""Tables that only the definition of a study has."""


@dataclass(frozen=True)
class Source:
    """What a path stands for."""

    kind: Kind
    path: Path

    @property
    def name(self) -> str:
        """Name for what is made from it: the run's, or the file's without its suffix."""
        return self.path.resolve().name if self.path.is_dir() else self.path.stem

    def netlist_beside(self, suffix: str) -> Path:
        """Where a netlist made from it goes by default, called after it and a suffix."""
        folder = self.path if self.kind == "run" else self.path.parent
        return folder / f"{self.name}-{suffix}.npz"


def identify(given: Path | str) -> Source:
    """What a path stands for, or the name of a shipped config, study or point of the zoo.

    Raises:
        RunError: it is missing, or nothing that logicjsc knows.
    """
    path = Path(given)
    if path.is_dir():
        for marker, kind in _MARKERS:
            if (path / marker).is_file():
                return Source(kind, path)
    elif path.is_file() and path.suffix in _SUFFIXES:
        return Source(_of_toml(path) if path.suffix == ".toml" else _SUFFIXES[path.suffix], path)
    if not path.exists():
        name = str(given)
        places = (zoo_points(), shipped_configs(), shipped_studies())
        found = next((known[name] for known in places if name in known), None)
        if found is not None:
            return identify(found)
        raise RunError(
            f"there is nothing at {path}, and no config, study or point of the zoo has that name"
        )
    raise RunError(
        f"{path} is not a run, an ONNX model (.onnx), a netlist (.npz), a config (.toml), a point "
        f"of the zoo, a study, or a directory with a circuit or C code"
    )


def zoo_points() -> dict[str, Path]:
    """Folders of the points of the zoo that travel with the package, by name."""
    return {file.parent.name: file.parent for file in sorted(shipped("zoo").rglob(POINT))}


def _of_toml(path: Path) -> Kind:
    tables = read_toml(path)
    return "study definition" if any(key in tables for key in _OF_STUDIES) else "config"
