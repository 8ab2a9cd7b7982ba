"""What a module of Verilog is, once it has been read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from logicjsc.frontend.logicnets.sources import ModuleText
from logicjsc.netlist.layers import Array

Bit: TypeAlias = tuple[str, int] | int
"""A bit of a net, or a constant."""

MOST_BITS: Final = 20_000_000
"""Bits of nets that a network mentions, each as often as it does."""


@dataclass(frozen=True)
class Instance:
    """A module inside another.

    Attributes:
        module: its name.
        parameters: what is given for its parameters.
        ports: bits at its ports, the lowest first.
        line: of the file.
    """

    module: str
    parameters: dict[str, int]
    ports: dict[str, list[Bit]]
    line: int


@dataclass
class Module:
    """What a module does.

    Attributes:
        text: where it stands.
        inputs: bits of each input port.
        outputs: bits of each output port.
        nets: bits of every net, ports among them.
        assigns: bits that are driven, and by what.
        instances: modules inside.
        table: if it has a ``case``: net that chooses, net that is set, and the code of each row;
            -1 in rows that are not listed.
        register: if it is a register: net that is kept, and the net it is kept in.
        bits: of nets that it mentions, each as often as it does.
    """

    text: ModuleText
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, int] = field(default_factory=dict)
    nets: dict[str, int] = field(default_factory=dict)
    assigns: list[tuple[list[Bit], list[Bit]]] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    table: tuple[str, str, Array] | None = None
    register: tuple[str, str] | None = None
    bits: int = 1
