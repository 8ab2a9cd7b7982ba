"""Register ranks, as the options of a circuit have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.hdl.text import ENABLED_REGISTER_MODULE, REGISTER_MODULE, instance, vector
from logicjsc.emit.hdl.votes import idle_vote_pins, vote_pins


def register_module(options: CircuitOptions) -> str:
    """Name of the hand-written module of a rank."""
    return ENABLED_REGISTER_MODULE if options.clock_enable else REGISTER_MODULE


def clock_pins(options: CircuitOptions) -> tuple[tuple[str, str], ...]:
    """Connections of clock, reset and clock enable inside a circuit, as `instance` takes them."""
    names = ("clk", "rst", *(["ce"] * options.clock_enable))
    return tuple((name, name) for name in names)


def register_rank(
    names: Sequence[str],
    width: int,
    data: str,
    valid: str,
    options: CircuitOptions,
    *,
    before: int = 0,
) -> Iterator[str]:
    """One register rank.

    Args:
        names: of the instance, the data before and behind it, and the valid bit behind it.
        width: bits of data.
        data: expression of the data.
        valid: expression of the valid bit.
        options: whether there is a clock enable.
        before: register bits of the module's ranks in front of it.
    """
    name, waiting, after, valid_after = names
    votes = vote_pins(options, before, width + 1)
    # A register of no bits is not Verilog; a rank without data keeps one idle bit.
    idle = not width
    if idle:
        data, after, width = "1'b0", f"{after}_unused", 1
        lines, votes = idle_vote_pins(options, f"{name}_idle", before)
        yield from lines
    yield f"  wire {vector(width)} {waiting} = {data};"
    if idle:
        yield "  // verilator lint_off UNUSEDSIGNAL"
    yield f"  wire {vector(width)} {after};"
    if idle:
        yield "  // verilator lint_on UNUSEDSIGNAL"
    yield f"  wire {valid_after};"
    yield from instance(
        register_module(options),
        name,
        (
            *clock_pins(options),
            ("in_valid", valid),
            ("in_data", waiting),
            ("out_valid", valid_after),
            ("out_data", after),
            *votes,
        ),
        {"WIDTH": width},
    )
