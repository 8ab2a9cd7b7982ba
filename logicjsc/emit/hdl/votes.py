"""Ports by which the registers of three copies of a circuit vote.

With ``tmr = full`` every module with registers gives what they hold at the port ``held`` and takes
what those of all three copies hold at ``held_a``, ``held_b`` and ``held_c``: in the order of its
ranks from the input on, the valid bit below the data in each. Each copy votes for itself.
"""

from __future__ import annotations

from typing import Final

from logicjsc.emit.hdl.options import FULL, CircuitOptions
from logicjsc.emit.hdl.ports import Block, block_ports
from logicjsc.emit.hdl.text import declarations

HELD: Final = "held"

VOTES: Final = ("held_a", "held_b", "held_c")

VOTE_PORTS: Final = (HELD, *VOTES)
"""Names of the ports; nothing else in such a module has one of them."""


def block_declarations(block: Block, options: CircuitOptions) -> list[tuple[str, str, int | str]]:
    """Ports of a block, as `module_text` takes them."""
    return [*declarations(block_ports(block, options)), *vote_ports(options, block.ff)]


def vote_ports(options: CircuitOptions, bits: int | str) -> list[tuple[str, str, int | str]]:
    """Ports of a module with so many register bits, as `logicjsc.emit.hdl.text.module_text` takes.

    ``bits`` is a number, or an expression of the module's parameters. There are none of a module
    without registers, nor without ``tmr = full``.
    """
    if options.tmr != FULL or not bits:
        return []
    return [("output", HELD, bits), *(("input", name, bits) for name in VOTES)]


def vote_pins(
    options: CircuitOptions, first: int | str, bits: int | str
) -> tuple[tuple[str, str], ...]:
    """Connections of registers inside a module to its own ports, as `instance` takes them.

    Args:
        options: whether there are such ports.
        first: where their lowest bit lies.
        bits: how many they are; nothing is connected if there are none.
    """
    if options.tmr != FULL or not bits:
        return ()
    return tuple((name, f"{name}[{first}+:{bits}]") for name in VOTE_PORTS)


class VotePlaces:
    """Hands out places in the ports of a module, one behind the other.

    Attributes:
        bits: how many are handed out so far, as a number or an expression of parameters.
    """

    def __init__(self, options: CircuitOptions) -> None:
        self._options = options
        self.bits: int | str = 0

    def take(self, bits: int | str) -> tuple[tuple[str, str], ...]:
        """Connections of registers of so many bits; see `vote_pins`."""
        pins = vote_pins(self._options, self.bits, bits)
        both = isinstance(self.bits, int) and isinstance(bits, int)
        self.bits = self.bits + bits if both else f"{self.bits}+{bits}"  # type: ignore[operator]
        return pins


def idle_vote_pins(
    options: CircuitOptions, name: str, first: int | str
) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Lines, and connections of a rank that holds a valid bit and beside it one that is always 0.

    The idle bit has no place in the ports of the module.

    Args:
        options: whether there are such ports.
        name: of a wire for the idle bit.
        first: where the valid bit lies.
    """
    pins = vote_pins(options, first, 1)
    if not pins:
        return [], ()
    (port, held), *votes = pins
    lines = [
        "  // verilator lint_off UNUSEDSIGNAL",
        f"  wire {name};",
        "  // verilator lint_on UNUSEDSIGNAL",
    ]
    idle = ((vote, f"{{1'b0, {place}}}") for vote, place in votes)
    return lines, ((port, f"{{{name}, {held}}}"), *idle)
