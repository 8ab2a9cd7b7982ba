"""One run of Yosys: files and script go in, counts of cells and longest paths come out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.check.synth.figures import PartFigures, count_cells
from logicjsc.check.synth.parts import Part
from logicjsc.check.synth.programs import Limits, run_program
from logicjsc.core.errors import OutputError, ToolFailedError
from logicjsc.core.files import cache_directory, shipped
from logicjsc.core.programs import Tool
from logicjsc.core.surroundings import kept_folder
from logicjsc.core.temporary import temporary_folder
from logicjsc.core.trust import make_private

TABLES: Final = "tables.v"
LUTS: Final = "luts.v"
XILINX_LOGIC: Final = "xilinx_logic.v"
"""Rules that take AMD's LUT cells apart."""
GOWIN_CELLS: Final = "gowin_cells.v"
"""Rules that turn Lattice's LUT cells into Gowin's."""

_LENGTH: Final = re.compile(r"Longest topological path in \S+ \(length=(-?\d+)\)")


@dataclass(frozen=True)
class Workplace:
    """Where a back end works.

    Attributes:
        folder: temporary, for files.
        logs: kept, for what programs print.
        limits: what one run of a program may use.
    """

    folder: Path
    logs: Path
    limits: Limits


@dataclass(frozen=True)
class Counted:
    """Statistics of one netlist.

    Attributes:
        cells: number of cells by type.
        depth: cells on the longest path without a flip-flop.
    """

    cells: Mapping[str, int]
    depth: int


@contextmanager
def workplace(digest: str, back_end: str, limits: Limits) -> Iterator[Workplace]:
    """A temporary folder, and an empty one for logs that stays in the cache.

    Args:
        digest: of the circuit.
        back_end: its name.
        limits: what one run of a program may use.

    Raises:
        OutputError: the cache cannot be written.
    """
    # Absolute, because programs run elsewhere.
    cache = cache_directory().absolute()
    try:
        logs = kept_folder("logs", cache) / f"synth-{digest[:16]}-{back_end}"
        make_private(logs)
        # The folder itself stays: another process may be working on the same circuit.
        for old in logs.iterdir():
            old.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"the cache {cache} cannot be used ({error}); set LOGICJSC_CACHE to another directory"
        ) from error
    with temporary_folder("synth") as folder:
        yield Workplace(folder, logs, limits)


COPIES_JOINED: Final = ("setattr -mod -unset keep_hierarchy", "flatten")
"""Commands behind synthesis: copies of registers, kept apart so far, join what is around them."""


def read_part(part: Part, rules: str) -> list[str]:
    """Commands that read a part and turn its constants into tables.

    Args:
        part: what to read.
        rules: `TABLES`, or `LUTS` to keep what a mapper found.
    """
    return [
        *(f"read_verilog {name}" for name in part.files),
        *(f"blackbox {module}" for module in part.leave_out),
        f"hierarchy -top {part.module}",
        "proc",
        f"techmap -map {rules}",
        # Left to later passes, tables are taken apart row by row.
        "simplemap t:$lut",
        "opt_expr",
        "opt_merge",
        "opt_clean",
    ]


def count(name: str, part: Part, flip_flops: str) -> list[str]:
    """Commands that write statistics for `counted` to read.

    Args:
        name: of the statistics.
        part: what is counted.
        flip_flops: pattern of the types at which a path ends.
    """
    # Selections are in Polish order, operands first: everything, less these.
    ends = " ".join(f"t:{kind} %d" for kind in (flip_flops, *part.leave_out))
    return [
        *COPIES_JOINED,
        f"tee -q -o {name}.json stat -json",
        f"tee -q -o {name}.txt ltp * {ends}",
    ]


def run_yosys(
    yosys: Tool, part: Part, name: str, commands: Sequence[str], place: Workplace
) -> None:
    """Run commands in the workplace, which holds the part's files.

    Raises:
        ToolError: Yosys cannot be started, failed, hung or needed too much memory.
    """
    for file, text in part.files.items():
        (place.folder / file).write_bytes(text)
    for rules in (TABLES, LUTS, XILINX_LOGIC, GOWIN_CELLS):
        shutil.copyfile(shipped("hw", "synth", rules), place.folder / rules)
    script = place.folder / f"{name}.ys"
    script.write_text("\n".join(commands) + "\n", encoding="ascii")
    # A name without a folder: Yosys splits its commands at spaces.
    log = place.logs / f"{name}.log"
    run_program(yosys, [script.name], limits=place.limits, cwd=place.folder, log=log)


def counted(place: Workplace, name: str, log: str) -> Counted:
    """The statistics that `count` made Yosys write.

    Raises:
        ToolFailedError: they are missing or make no sense.
    """
    statistics, path = place.folder / f"{name}.json", place.folder / f"{name}.txt"
    try:
        text = statistics.read_text(encoding="utf-8")
        # Versions differ in whether they print a headline first.
        cells = json.loads(text[text.index("{") :])["design"]["num_cells_by_type"]
        if not all(type(number) is int and number >= 0 for number in cells.values()):
            raise ValueError("a number of cells is no number")
        found = _LENGTH.search(path.read_text(encoding="utf-8"))
        if found is None:
            raise ValueError("there is no longest path")
        cells.pop("$scopeinfo", None)  # marks the borders of modules, no hardware
        # Yosys prints -1 where nothing is connected.
        return Counted(cells, max(0, int(found[1])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ToolFailedError(
            f"Yosys wrote no usable statistics ({error!r}; see {place.logs / log}.log)"
        ) from error


def area_of(
    part: Part,
    place: Workplace,
    name: str,
    log: str,
    kinds: tuple[Mapping[str, int], Mapping[str, int]],
    *,
    flow: str = "",
) -> PartFigures:
    """What `count` found of a part, without the cells that it leaves out.

    Args:
        part: the part.
        place: where Yosys worked.
        name: of the statistics.
        log: of the run of Yosys.
        kinds: what counts as how many LUTs, and as how many flip-flops, by type of cell.
        flow: how the part was synthesised.

    Raises:
        ToolFailedError: see `counted` and `count_cells`.
    """
    found = counted(place, name, log)
    cells = {kind: number for kind, number in found.cells.items() if kind not in part.leave_out}
    luts, flip_flops = kinds
    return PartFigures(
        part.name,
        lut=count_cells("Yosys", cells, luts),
        ff=count_cells("Yosys", cells, flip_flops),
        depth=found.depth,
        latency_cycles=part.latency_cycles,
        flow=flow,
        cells=dict(sorted(cells.items())),
    )
