"""What stands behind a network to decide: an argmax, or thresholds."""

from __future__ import annotations

from typing import Final

from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.argmax_verilog import argmax_module
from logicjsc.emit.ends.threshold_verilog import threshold_module
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.ports import Block
from logicjsc.emit.hdl.text import VerilogModule
from logicjsc.netlist import Netlist

ARGMAX: Final = "argmax"
THRESHOLD: Final = "threshold"


def decision_of(netlist: Netlist) -> str:
    """Role of the block that decides.

    Raises:
        CircuitError: the netlist's outputs are values, or nothing says what they are.
    """
    decoder = netlist.decoder
    if decoder is None:
        raise CircuitError(
            f"netlist {netlist.name!r} does not say how outputs become classes, so no argmax can "
            f"be built"
        )
    if decoder.kind == "value":
        raise CircuitError(
            f"the outputs of netlist {netlist.name!r} are values, which need no decision; leave "
            f"--argmax away, and take scale and offset of each from manifest.json"
        )
    return ARGMAX if decoder.kind == "classes" else THRESHOLD


def decision_bits(netlist: Netlist) -> int:
    """Bits of what is decided: an index of the classes, or one for each label.

    Raises:
        CircuitError: there is nothing to decide.
    """
    outputs = len(netlist.outputs)
    return (outputs - 1).bit_length() if decision_of(netlist) == ARGMAX else outputs


def decision_module(
    name: str, netlist: Netlist, options: CircuitOptions, digest: str
) -> tuple[Block, VerilogModule]:
    """The block that decides, with its registers.

    Raises:
        CircuitError: there is nothing to decide.
    """
    make = argmax_module if decision_of(netlist) == ARGMAX else threshold_module
    return make(name, netlist, options, digest)
