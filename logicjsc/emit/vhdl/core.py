"""All Verilog of a circuit as VHDL, in the order in which files are compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.core.files import shipped
from logicjsc.emit.hdl.options import ASYNCHRONOUS, CircuitOptions
from logicjsc.emit.hdl.shared import shared_modules
from logicjsc.emit.vhdl.module import instances_of, ports_of, vhdl_module
from logicjsc.emit.vhdl.names import VhdlNames

SUPPORT: Final = "logicjsc_support"
"""Hand-written package, shipped in ``hw/vhdl``, as are the hand-written entities."""


_RESET_PROCESS: Final = re.compile(
    r"process \((?P<clock>\w+)\)\n  begin\n    if rising_edge\(\w+\) then\n"
    r"      if (?P<reset>rst|aresetn) = '(?P<active>[01])' then\n(?P<cleared>.*?)"
    r"      else\n(?P<taken>.*?)      end if;\n    end if;\n  end process;",
    re.DOTALL,
)
"""A process with a reset, as the hand-written entities have it."""


def _not_waiting(text: str) -> str:
    """A hand-written entity whose reset does not wait for the clock."""
    text = _RESET_PROCESS.sub(
        r"process (\g<clock>, \g<reset>)\n  begin\n"
        r"    if \g<reset> = '\g<active>' then\n\g<cleared>"
        r"    elsif rising_edge(\g<clock>) then\n\g<taken>    end if;\n  end process;",
        text,
    )
    return re.sub(r"\bsynchronous\b", "asynchronous", text)


def vhdl_core(texts: Mapping[str, str], options: CircuitOptions) -> dict[str, str]:
    """VHDL by file name, each file behind those that it uses.

    Args:
        texts: Verilog by file name, one module each, named after the module.
        options: the circuit's.

    Raises:
        CircuitError: a module has no VHDL, there are register stages as parameters, or registers
            are held three times.
    """
    if options.stages:
        raise CircuitError(
            "register stages at the ends are parameters of the Verilog and have no VHDL; leave "
            "--input-stages and --output-stages away, or take the Verilog in VHDL with --for-set "
            "vhdl.core=verilog"
        )
    if options.tmr:
        raise CircuitError(
            "registers in VHDL are held once; leave --tmr away, or take the Verilog in VHDL with "
            "--for-set vhdl.core=verilog"
        )
    shared = {name: shipped_as for shipped_as, name in shared_modules(options).items()}
    by_module = {name.removesuffix(".v"): text for name, text in texts.items()}
    modules = {name: ports_of(text) for name, text in by_module.items()}
    entities = VhdlNames(SUPPORT)
    hand_written = frozenset(shared) & modules.keys()
    for name in (*sorted(hand_written), *modules):
        _ = entities[name]
    uses = {
        name: [] if name in hand_written else instances_of(text, modules)
        for name, text in by_module.items()
    }
    written = {f"{SUPPORT}.vhd": shipped("hw", "vhdl", f"{SUPPORT}.vhd").read_text("ascii")}
    for name in TopologicalSorter(uses).static_order():
        if name in hand_written:
            place = shipped("hw", "vhdl", f"{shared[name]}.vhd")
            if not place.is_file():
                raise CircuitError(
                    f"there is no VHDL of {shared[name]}; leave the option away that needs it, or "
                    "take the Verilog in VHDL with --for-set vhdl.core=verilog"
                )
            text = re.sub(rf"\b{shared[name]}\b(?!\.v)", name, place.read_text("ascii"))
            if options.reset == ASYNCHRONOUS:
                text = _not_waiting(text)
            written[f"{name}.vhd"] = text
            continue
        try:
            text = vhdl_module(by_module[name], modules, entities, hand_written)
        except CircuitError as error:
            raise CircuitError(f"{name}.v: {error}") from error
        written[f"{entities[name]}.vhd"] = text
    return written
