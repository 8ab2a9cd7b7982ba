"""The board in simulation: Icarus Verilog runs the design behind a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from logicjsc.check.benches.bench import models_of
from logicjsc.check.foreign import checked_texts
from logicjsc.core.programs import Tool
from logicjsc.core.simulators import find_icarus
from logicjsc.core.temporary import temporary_folder
from logicjsc.emit.targets.board import BENCH_FILE, FOLDER, HAND_WRITTEN
from logicjsc.emit.verilog.circuit import Circuit

_BUILD_SECONDS: Final = 600.0
_PROGRAM: Final = "board.vvp"


@contextmanager
def simulated_board(circuit: Circuit) -> Iterator[Path]:
    """The path of a serial line with a circuit's loop-back design at its other end.

    Raises:
        CircuitError: the circuit's text would do more than compute.
        ToolError: Icarus Verilog is missing or refuses the text.
    """
    icarus = find_icarus()
    texts = checked_texts(circuit)
    board = circuit.directory / FOLDER
    own = (*HAND_WRITTEN, f"{circuit.top}_board.v", BENCH_FILE)
    with temporary_folder("board") as name:
        folder = Path(name)
        for file, text in texts.items():
            (folder / file).write_bytes(text)
        for file in own:
            (folder / file).write_bytes((board / file).read_bytes())
        files = [*texts, *own, *models_of(circuit, folder)]
        icarus.run(
            ["-g2001", "-s", BENCH_FILE.removesuffix(".v"), "-o", _PROGRAM, *files],
            timeout=_BUILD_SECONDS,
            cwd=folder,
        )
        runner = Tool("vvp", Path(icarus.extra["vvp"]), icarus.version)
        with _line() as (inner, path), runner.attached(["-n", _PROGRAM], inner, folder):
            yield path


@contextmanager
def _line() -> Iterator[tuple[int, Path]]:
    """A pseudo-terminal that carries bytes as they are: its inner end, and its outer one's path."""
    inner, outer = pty.openpty()
    try:
        tty.setraw(outer)
        yield inner, Path(os.ttyname(outer))
    finally:
        os.close(outer)
        os.close(inner)
