"""What every part uses: Python, packages, a compiler, Verilator, places that can be written."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Final

from logicjsc.core.diagnosis import Found, Need, extra, own_description, packages_of
from logicjsc.core.errors import OutputError, ToolNotFoundError
from logicjsc.core.files import cache_directory
from logicjsc.core.programs import Tool, find_cxx, find_verilator
from logicjsc.core.surroundings import CACHE
from logicjsc.core.temporary import temporary_base, temporary_folder


def found_tool(tool: Tool) -> Found:
    """A program as a found need."""
    return Found(tool.version, str(tool.path))


def _python() -> Found:
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    wanted = own_description()["Requires-Python"]
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        raise ToolNotFoundError(f"Python is {version}, and {wanted} is needed; install another one")
    return Found(version, sys.executable)


def _cache() -> Found:
    return _written(cache_directory(), f"set {CACHE} to a folder of your own")


def _temporary() -> Found:
    return _written(temporary_base(), "set TMPDIR to another one")


def _written(place: Path, advice: str) -> Found:
    """A place after something was written there and removed again."""
    try:
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            raise OutputError(f"{place} is no folder that can be written")
        with temporary_folder("doctor", place) as folder:
            (folder / "written").write_text("yes", encoding="ascii")
    except (OutputError, OSError) as error:
        raise OutputError(f"{error}; {advice}") from error
    return Found(path=str(place))


NEEDS: Final = (
    Need("Python", "python", "everything", _python, required=True),
    Need("packages", "package", "everything", packages_of, required=True),
    Need(
        "C++ compiler",
        "program",
        "the fast training step, simulation and C of networks",
        lambda: found_tool(find_cxx()),
        required=True,
    ),
    Need(
        "Verilator",
        "program",
        "logicjsc verify: simulation of circuits",
        lambda: found_tool(find_verilator()),
        required=True,
    ),
    Need("cache", "place", "what was compiled or searched for once", _cache, required=True),
    Need("temporary folder", "place", "the work of external programs", _temporary, required=True),
    extra("plots", "pictures of data, studies, frontiers and areas"),
    extra("cluster", "--on a Dask scheduler, Slurm or HTCondor"),
    extra("formats", "samples in HDF5 and Parquet files"),
)
