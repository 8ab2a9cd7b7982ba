"""Options on how samples enter a circuit and results leave it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

_OPTIONS: Final = (
    click.option(
        "--prefix",
        default="",
        help="Begin the name of every module and file with this, so that several circuits fit into "
        "one design.",
    ),
    click.option("--clock-enable", is_flag=True, help="A port ce; while it is 0, nothing moves."),
    click.option(
        "--reset",
        type=click.Choice(["synchronous", "asynchronous"]),
        default="synchronous",
        show_default=True,
        help="Whether a reset waits for the clock.",
    ),
    click.option(
        "--input-stages",
        type=int,
        default=0,
        help="Registers behind the input ports; a parameter of the Verilog, with this default.",
    ),
    click.option("--output-stages", type=int, default=0, help="The same before the output ports."),
    click.option(
        "--beats",
        type=int,
        default=1,
        help="Clock cycles in which a sample comes in, an equal share of its bits in each.",
    ),
    click.option("--batch", type=int, default=1, help="Results that are given out side by side."),
    click.option(
        "--tlast", is_flag=True, help="With --axi-stream: tlast, which goes with its sample."
    ),
    click.option(
        "--tuser",
        type=int,
        default=0,
        metavar="BITS",
        help="With --axi-stream: tuser of so many bits, which go with their sample.",
    ),
    click.option(
        "--tmr",
        type=click.Choice(["registers", "full"]),
        default=None,
        callback=lambda _context, _option, value: value or "",
        help="Triple modular redundancy: every register three times, read by majority; with full "
        "all logic and voters three times as well.",
    ),
)


def interface_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
