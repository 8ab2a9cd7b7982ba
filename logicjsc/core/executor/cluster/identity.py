"""Which logicjsc a process runs: equal ones find equal results, others are refused."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from logicjsc import __version__

_PACKAGE: Final = Path(__file__).parents[3]
_SOURCES: Final = {".py", ".cpp", ".cu", ".cuh", ".h", ".hpp"}

_PACKAGES: Final = (
    "distributed",
    "cloudpickle",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "brevitas",
    "onnx",
    "onnxruntime",
    "optuna",
    "pyosys",
    "pythia8mc",
)
"""Whose version decides whether processes understand each other, and which results they find."""


@cache
def identity() -> dict[str, str]:
    """Version and digest of logicjsc, of Python and of the packages that results rest upon."""
    found = {"logicjsc": f"{__version__} ({digest(_PACKAGE)})", "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "none"
    return found


def digest(package: Path) -> str:
    """Twelve hexadecimal digits of the SHA-256 of all names and contents of a package's sources."""
    total = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.suffix in _SOURCES:
            total.update(f"{file.relative_to(package).as_posix()}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:12]


def difference(place: str, found: Mapping[str, str] | None, own: Mapping[str, str]) -> str:
    """A sentence about a process that is another one than is asked for; empty if it is equal.

    Args:
        place: what the process is called.
        found: its identity; None if it has no logicjsc that could tell.
        own: identity of the process that asks.
    """
    if found is None:
        return f"{place} has no logicjsc, or an old one; start it where the command is installed"
    for name in {**own, **found}:
        other, wanted = found.get(name, "none"), own.get(name, "none")
        if other != wanted:
            return (
                f"{place} runs {name} {other}, and the command runs {name} {wanted}; start it from "
                f"the same installation"
            )
    return ""
