"""ABC, the logic synthesis system (Brayton and Mishchenko, CAV 2010), as an external program.

It is taken from the first of the PyPI package ``pyosys``, which bundles a current one, and
``yosys-abc``, ``berkeley-abc`` or ``abc`` on the PATH. ``LOGICJSC_ABC``, an absolute path, forces
one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ToolFailedError, ToolNotFoundError
from logicjsc.core.programs import Tool, telling_line
from logicjsc.core.surroundings import kept_folder
from logicjsc.core.trust import make_private

ABC_CHOICE: Final = "LOGICJSC_ABC"
"""Environment variable that forces an ABC: an absolute path."""

_ON_PATH: Final = ("yosys-abc", "berkeley-abc", "abc")
_ADVICE: Final = "pip install 'logicjsc[map]'"
_PROBE_SECONDS: Final = 30.0
_SCRIPT: Final = "script.abc"


def find_abc() -> Tool:
    """The ABC to use.

    Raises:
        ToolNotFoundError: there is none, or it does not behave like ABC.
    """
    choice = os.environ.get(ABC_CHOICE, "")
    forced = Tool("ABC", Path(choice), "of unknown version") if choice else None
    tool = forced or _of_pypi() or _on_path()
    try:
        found = tool.path.stat()
        file: tuple[int, ...] = (found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns)
    except OSError:
        file = ()  # starting it says what is wrong
    _probe(tool.path, tool.version, file)
    return tool


@cache
def _probe(path: Path, version: str, _file: tuple[int, ...]) -> None:
    """Find out, once for each file in each process, that a program is ABC.

    ABC prints no version and exits with 0 whatever happens, so it is asked to do something.
    """
    tool = Tool("ABC", path, version)
    try:
        output = tool.run(["-q", "print_stats"], timeout=_PROBE_SECONDS).output
    except ToolFailedError as error:
        raise ToolNotFoundError(f"ABC at {path} is not usable ({error}); {_ADVICE}") from error
    if "Empty network" not in output:
        raise ToolNotFoundError(f"{path} does not behave like ABC; {_ADVICE}")


def same_abc(abc: Tool) -> Tool:
    """The ABC of another machine's process, where this one is.

    Args:
        abc: found there.

    Raises:
        ToolNotFoundError: there is none here, or one of another version.
    """
    if abc.path.is_file():
        return abc
    own = _own_abc()
    if own.version != abc.version:
        raise ToolNotFoundError(
            f"ABC on {socket.gethostname()} is {own.version}, and the command's is {abc.version}; "
            f"install the same one"
        )
    return own


_own_abc = cache(find_abc)


def run_script(
    abc: Tool, commands: Sequence[str], folder: Path, outputs: Sequence[str], timeout: float
) -> str:
    """Run commands in ``folder`` and return what ABC printed.

    Args:
        abc: see `find_abc`.
        commands: one command line each.
        folder: where files are read and written.
        outputs: files that must exist afterwards.
        timeout: seconds.

    Raises:
        ToolFailedError: ABC failed, or did not write one of ``outputs``; its log stays in the
            cache.
        ToolTimeoutError: it did not finish in time.
    """
    with logged_script(abc, commands, folder, timeout) as (output, log):
        for name in outputs:
            if not (folder / name).is_file():
                raise ToolFailedError(f"ABC wrote no {name}: {telling_line(output)} (see {log})")
    return output


@contextmanager
def logged_script(
    abc: Tool, commands: Sequence[str], folder: Path, timeout: float
) -> Iterator[tuple[str, Path]]:
    """Run commands as `run_script` does; what ABC printed, and its log.

    The log stays in the cache if ABC or the block fails: the folder is often a temporary one.
    """
    script = "\n".join(commands) + "\n"
    key = hashlib.sha256(f"{folder.absolute()}\n{script}".encode()).hexdigest()[:16]
    log = _new_log(key, folder, script)
    (folder / _SCRIPT).write_text(script, encoding="ascii")
    yield abc.run(["-q", f"source -x {_SCRIPT}"], timeout=timeout, cwd=folder, log=log).output, log
    # Logs are of use after a failure only.
    shutil.rmtree(log.parent, ignore_errors=True)


def _new_log(key: str, work: Path, script: str) -> Path:
    """A log that begins with a script: in the cache, or where ABC works if that is not possible."""
    try:
        log = kept_folder("logs") / key / "abc.log"
        make_private(log.parent)
        log.write_text(script, encoding="ascii")
    except OSError:
        log = work / "logs" / "abc.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(script, encoding="ascii")
    return log


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
