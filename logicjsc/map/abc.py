"""ABC, the logic synthesis system (Brayton and Mishchenko, CAV 2010), as an external program.

It is taken from the first of the PyPI package ``pyosys``, which bundles a current one, and
``yosys-abc``, ``berkeley-abc`` or ``abc`` on the PATH. ``LOGICJSC_ABC``, an absolute path, forces
one.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from logicjsc.errors import ToolFailedError, ToolNotFoundError
from logicjsc.tools import Tool, telling_line

ABC_CHOICE: Final = "LOGICJSC_ABC"
"""Environment variable that forces an ABC: an absolute path."""

_ON_PATH: Final = ("yosys-abc", "berkeley-abc", "abc")
_ADVICE: Final = "pip install 'logicjsc[map]'"
_PROBE_SECONDS: Final = 30.0


def find_abc() -> Tool:
    """The ABC to use.

    Raises:
        ToolNotFoundError: there is none, or it does not behave like ABC.
    """
    choice = os.environ.get(ABC_CHOICE, "")
    forced = Tool("ABC", Path(choice), "of unknown version") if choice else None
    tool = forced or _of_pypi() or _on_path()
    # ABC prints no version and exits with 0 whatever happens, so ask it to do something.
    try:
        output = tool.run(["-q", "print_stats"], timeout=_PROBE_SECONDS).output
    except ToolFailedError as error:
        raise ToolNotFoundError(f"ABC at {tool.path} is not usable ({error}); {_ADVICE}") from error
    if "Empty network" not in output:
        raise ToolNotFoundError(f"{tool.path} does not behave like ABC; {_ADVICE}")
    return tool


def run_script(
    abc: Tool, commands: Sequence[str], folder: Path, outputs: Sequence[str], timeout: float
) -> str:
    """Run commands in ``folder`` and return what ABC printed.

    Args:
        abc: see `find_abc`.
        commands: one command line each.
        folder: where files are read and written; also keeps the script and the log.
        outputs: files that must exist afterwards.
        timeout: seconds.

    Raises:
        ToolFailedError: ABC failed, or did not write one of ``outputs``.
        ToolTimeoutError: it did not finish in time.
    """
    (folder / "script.abc").write_text("\n".join(commands) + "\n", encoding="ascii")
    log = folder / "abc.log"
    done = abc.run(["-q", "source -x script.abc"], timeout=timeout, cwd=folder, log=log)
    for name in outputs:
        if not (folder / name).is_file():
            raise ToolFailedError(f"ABC wrote no {name}: {telling_line(done.output)} (see {log})")
    return done.output


def _of_pypi() -> Tool | None:
    try:
        distribution = importlib.metadata.distribution("pyosys")
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in distribution.files or ():
        if file.name == "yosys-abc":
            path = Path(str(distribution.locate_file(file)))
            return Tool("ABC", path, f"of pyosys {distribution.version}")
    return None


def _on_path() -> Tool:
    for name in _ON_PATH:
        found = shutil.which(name)
        if found is not None:
            return Tool("ABC", Path(found), "of unknown version")
    raise ToolNotFoundError(f"ABC is not installed; {_ADVICE}")
