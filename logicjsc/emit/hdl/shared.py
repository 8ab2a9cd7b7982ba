"""The hand-written modules that circuits share, as a circuit's options have them.

With a prefix they are renamed like all other modules, so that circuits of unlike options or
versions fit into one design. With registers held three times, those of ``hw/rtl/tmr`` take the
place of the plain ones, and with three copies of all logic those of ``hw/rtl/tmr_full``. With an
asynchronous reset, the registers that are reset do not wait for the clock.
"""

from __future__ import annotations

import re
from typing import Final

from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import ASYNCHRONOUS, FULL, REGISTERS, CircuitOptions
from logicjsc.emit.hdl.text import HAND_WRITTEN

_RESET_BLOCK: Final = re.compile(
    r"always @\(posedge (\w+)\) begin(\n +if \((?:(!)aresetn|rst)\))", re.MULTILINE
)
_FOLDERS: Final = {REGISTERS: "tmr", FULL: "tmr_full"}
_NAMES: Final = "|".join(HAND_WRITTEN)
_INSTANTIATED: Final = re.compile(rf"^( +)({_NAMES})(?= #\()", re.MULTILINE)


def shared_modules(options: CircuitOptions) -> dict[str, str]:
    """Names under which a circuit has the hand-written modules, by the name of the shipped one."""
    return {name: f"{options.prefix}{name}" for name in HAND_WRITTEN}


def shared_text(name: str, options: CircuitOptions) -> str:
    """Text of a hand-written module for a circuit; ``name`` is the shipped one's."""
    file = shipped("hw", "rtl", _FOLDERS.get(options.tmr, ""), f"{name}.v")
    if not file.is_file():
        file = shipped("hw", "rtl", f"{name}.v")
    text = file.read_text(encoding="ascii")
    if options.reset == ASYNCHRONOUS:
        text = _RESET_BLOCK.sub(_not_waiting, text)
        text = re.sub(r"\b([Rr]eset is) synchronous", r"\1 asynchronous", text)
    text = re.sub(rf"^module {name}\b", f"module {options.prefix}{name}", text, flags=re.MULTILINE)
    return with_prefix(text, options)


def with_prefix(text: str, options: CircuitOptions) -> str:
    """Generated text whose instances of hand-written modules have the circuit's prefix."""
    return _INSTANTIATED.sub(rf"\g<1>{options.prefix}\2", text)


def _not_waiting(match: re.Match[str]) -> str:
    edge = "negedge aresetn" if match[3] else "posedge rst"
    return f"always @(posedge {match[1]} or {edge}) begin{match[2]}"
