"""The files by which a shell completes ``logicjsc``.

fish reads completions from a folder. bash and zsh read a startup file, in which one marked block is
ours: whatever else the file holds stays as it is, byte for byte.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from logicjsc.core.errors import OutputError
from logicjsc.core.files import atomic_file

_BEGIN: Final = b"# >>> completion of logicjsc >>>"
_END: Final = b"# <<< completion of logicjsc <<<"
_BLOCK: Final = re.compile(re.escape(_BEGIN) + rb".*?" + re.escape(_END), re.DOTALL)


def installed(shell: str, script: str) -> Iterator[tuple[Path, bool]]:
    """Install a completion script; each file that takes part, and whether it had to be changed.

    Args:
        shell: ``bash``, ``zsh`` or ``fish``.
        script: what the shell is to read.

    Raises:
        OutputError: a file cannot be read or written, or its marked block is damaged. A damaged
            startup file is refused before anything is written.
    """
    content = f"{script.strip()}\n".encode()
    if shell == "fish":
        place = _folder("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / "logicjsc.fish"
        yield place, _update(place, content)
        return
    place = _folder("XDG_DATA_HOME", ".local/share") / "logicjsc" / f"completion.{shell}"
    startup = _startup_file(shell)
    with_block = _with_block(startup, _reading(shell, place))
    yield place, _update(place, content)
    yield startup, _update(startup, with_block)


def _folder(variable: str, usual: str) -> Path:
    """A folder of the XDG base directory specification, which ignores relative paths."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / usual


def _startup_file(shell: str) -> Path:
    if shell == "bash":
        return Path.home() / ".bashrc"
    return Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"


def _reading(shell: str, script: Path) -> bytes:
    """Shell code that reads a script if it is still there."""
    name = shlex.quote(str(script))
    first = ""
    if shell == "zsh":
        first = "    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
    return os.fsencode(f"if [ -r {name} ]; then\n{first}    . {name}\nfi")


def _with_block(path: Path, code: bytes) -> bytes:
    """A startup file's content with our block: in its place if it is there, else at the end."""
    before = _content(path) or b""
    marks = before.count(_BEGIN), before.count(_END)
    block = b"\n".join((_BEGIN, code, _END))
    if marks == (0, 0):
        gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
        return before + gap + block + b"\n"
    replaced, blocks = _BLOCK.subn(lambda _: block, before)
    if marks != (1, 1) or blocks != 1:
        raise OutputError(
            f"{path} holds a damaged block {_BEGIN.decode()!r}; remove what is left of it and try "
            "again"
        )
    return replaced


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}") from error


def _update(path: Path, content: bytes) -> bool:
    """Write a file unless it holds that already; links to it and its mode stay."""
    if _content(path) == content:
        return False
    # Startup files are often links into a folder under version control.
    target = path.resolve()
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    if mode is not None and not mode & stat.S_IWUSR:
        raise OutputError(f"cannot write {path}: it is read-only; make it writable and try again")
    with atomic_file(target) as temporary:
        temporary.write_bytes(content)
        if mode is not None:
            temporary.chmod(mode)
    return True
