"""Yosys reads a circuit's Verilog and gives its gates."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from logicjsc.check.formal.borders import LEFT_WHOLE
from logicjsc.check.formal.gates import Gates, read_gates
from logicjsc.check.synth.programs import Limits, find_yosys, run_program
from logicjsc.check.synth.yosys import workplace
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import FULL, CircuitOptions
from logicjsc.emit.hdl.shared import shared_modules, shared_text
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.primitives import SIMULATION_MODELS
from logicjsc.emit.verilog.tripled_verilog import copied_by

_WRITTEN: Final = "gates.json"
_COPIES_WRITTEN: Final = ("copies.txt", "left.txt")
_WARNING: Final = re.compile(r"^Warning: (?!Deep recursion in AST)(.*)$", re.MULTILINE)
"""All but a remark on long expressions, which asks whether they are meant."""

_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKEN: Final = re.compile(r"\w+|\S")


def read_circuit(
    circuit: Circuit, texts: Mapping[str, bytes], limits: Limits
) -> tuple[Gates, list[str]]:
    """Gates of a circuit's top module, everything in it flattened but the stream buffer.

    Also what Yosys warned of, such as ports and wires of different widths.

    Args:
        circuit: the circuit.
        texts: its Verilog by file name, checked.
        limits: what Yosys may use.

    Raises:
        CircuitError: Yosys refuses the text, or it holds what logicjsc never writes.
        ToolError: Yosys is missing, hung, or needed too much memory.
    """
    models = SIMULATION_MODELS.get(circuit.manifest.options.primitives)
    if models is not None:
        texts = {**texts, models: shipped("hw", "sim", models).read_bytes()}
    try:
        return read_verilog(
            texts,
            circuit.top,
            circuit.manifest.netlist_digest,
            limits,
            merged=circuit.manifest.options.tmr,
        )
    except ToolFailedError as error:
        raise CircuitError(f"the Verilog of {circuit.directory} is refused: {error}") from error


def read_verilog(
    texts: Mapping[str, bytes],
    top: str,
    digest: str,
    limits: Limits,
    library: Sequence[str] = (),
    *,
    foreign: bool = False,
    merged: str = "",
) -> tuple[Gates, list[str]]:
    """Gates of a module and all in it, and what Yosys warned of; see `read_circuit`.

    Args:
        texts: Verilog by file name.
        top: the module.
        digest: names the folder of Yosys' log.
        limits: what Yosys may use.
        library: what else Yosys is to read, such as its own ``+/xilinx/cells_sim.v``.
        foreign: whether another program wrote it, with memories and cases in place of tables.
        merged: what there is three times, one of `TRIPLICATIONS`: copies of a circuit that read the
            same become one, and so do equal registers, so that a vote is what each of them gives.

    Raises:
        CircuitError: the text holds what logicjsc never writes.
        ToolFailedError: Yosys refuses it, or needed too much memory.
        ToolError: Yosys is missing or hung.
    """
    yosys = find_yosys()
    kept = [
        f"setattr -mod -set keep_hierarchy 1 *{module}*"
        for module in LEFT_WHOLE
        if any(_declares(module, text) for text in texts.values())
    ]
    script = [
        *(f"read_verilog {name}" for name in (*texts, *library)),
        f"hierarchy -check -top {top}",
        "proc",
        "setattr -mod -unset keep_hierarchy",
        *_joined_copies(top, texts, merged),
        *kept,
        "flatten",
        "opt_clean",
        *(["opt_merge", "opt_expr -noclkinv", "opt_clean"] if merged else ()),
        *(["memory_collect t:*", f"memory_map {top}", "pmuxtree"] if foreign else ()),
        "check -assert",
        "simplemap",
        "opt_clean",
        f"write_json {_WRITTEN}",
    ]
    with workplace(digest, "formal", limits) as place:
        for name, text in texts.items():
            (place.folder / name).write_bytes(text)
        (place.folder / "read.ys").write_text("\n".join(script) + "\n", encoding="ascii")
        log = place.logs / "yosys.log"
        done = run_program(yosys, ["read.ys"], limits=limits, cwd=place.folder, log=log)
        found = json.loads((place.folder / _WRITTEN).read_text(encoding="utf-8"))
        copies = [
            (place.folder / name).read_text(encoding="utf-8").split()[:1]
            for name in (_COPIES_WRITTEN if merged == FULL else ())
        ]
    warnings = list(dict.fromkeys(_WARNING.findall(done.output)))
    if copies not in ([], [["3"], ["1"]]):
        warnings.append("there are not three copies that read what all of them hold")
    return read_gates(found["modules"], top), warnings


def _joined_copies(top: str, texts: Mapping[str, bytes], merged: str) -> list[str]:
    """Commands that make one of copies that read the same, and count them before and after."""
    if merged != FULL:
        return []
    copied = copied_by(texts[f"{top}.v"].decode("latin-1"))
    kinds = " ".join(f"{top}/t:*{module}*" for module in copied) or f"{top}/t:none"
    before, after = (f"tee -q -o {name} select -count {kinds}" for name in _COPIES_WRITTEN)
    return [before, f"setattr -unset keep {top}/*", f"opt_merge -share_all {top}", after]


def changed_modules(texts: Mapping[str, bytes], options: CircuitOptions) -> list[str]:
    """Hand-written modules whose text, comments and spaces apart, is not the one of the options.

    What they do between clock edges, such as the order of assignments, is beyond any netlist.
    """
    return [
        module
        for name, module in shared_modules(options).items()
        if f"{module}.v" in texts
        and _tokens(texts[f"{module}.v"]) != _tokens(shared_text(name, options).encode())
    ]


def _tokens(text: bytes) -> list[str]:
    return _TOKEN.findall(_COMMENT.sub(" ", text.decode("latin-1")))


def _declares(module: str, text: bytes) -> bool:
    """Whether a text has a module of this name, perhaps behind a prefix."""
    return re.search(rb"^ *module +\w*%s\b" % module.encode(), text, re.MULTILINE) is not None
