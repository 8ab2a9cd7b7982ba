"""Circuits that others made: read before simulators and synthesis tools do what they say.

Verilog may run programs and read and write files (``$system``, ``$fopen``, ```include``), and names
in a manifest become parts of commands and of compiled text. Nothing that logicjsc writes needs any
of it, so all of it is refused.
"""

from __future__ import annotations

import re
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog.circuit import Circuit

_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FILE: Final = re.compile(r"[A-Za-z_]\w*\.v", re.ASCII)
_HARMLESS: Final = frozenset({b"$signed", b"$unsigned"})

# Comments, strings and escaped names come first: what looks like a task inside them is none.
_TOKEN: Final = re.compile(
    rb"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\\[^\s]+|(?P<task>\$[\w$]+)|(?P<directive>`\w*)""",
    re.DOTALL,
)


def checked_texts(circuit: Circuit) -> dict[str, bytes]:
    """All Verilog of a circuit by file name.

    Raises:
        CircuitError: a file cannot be read, or the circuit would do more than compute.
    """
    names = [circuit.top]
    for block in circuit.manifest.blocks:
        names += [block.module, block.reads, block.writes]
    names += [port.name for port in circuit.manifest.ports]
    for name in names:
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
            raise CircuitError(f"{circuit.directory}: {name!r} is no name of a module or port")
    texts = {}
    for path in circuit.verilog_files:
        if not _FILE.fullmatch(path.name):
            raise CircuitError(f"{circuit.directory}: {path.name!r} is no name of a Verilog file")
        try:
            texts[path.name] = path.read_bytes()
        except OSError as error:
            raise CircuitError(f"{path} cannot be read ({error.strerror})") from error
        found = first_foreign(texts[path.name])
        if found is not None:
            raise CircuitError(
                f"{path} uses {found}, which no circuit of logicjsc needs; it is not run"
            )
    return texts


def first_foreign(text: bytes) -> str | None:
    """The first system task or directive of Verilog text that does more than compute."""
    # Most texts have none at all, and are long.
    if b"$" not in text and b"`" not in text:
        return None
    for token in _TOKEN.finditer(text):
        task = token["task"] or token["directive"]
        if task and task not in _HARMLESS:
            return task.decode("ascii", "backslashreplace")
    return None
