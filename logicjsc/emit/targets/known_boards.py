"""Boards that an open flow makes bitstreams for: device, pins and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ECP5: Final = "ecp5"
GOWIN: Final = "gowin"


@dataclass(frozen=True)
class Board:
    """A board with a UART that a computer reaches by USB.

    Attributes:
        title: as people call it.
        family: ``ecp5`` or ``gowin``.
        clock_hz: frequency of its oscillator.
        pins: pins of ``clk``, ``rx`` (from the computer), ``tx`` (to the computer) and ``led``.
        high: pins that must be held at 1, by a name of the port.
        led_on: value at which the light is on.
        nextpnr: arguments that tell nextpnr the device.
        pack: arguments that tell the packing program the device.
    """

    title: str
    family: str
    clock_hz: int
    pins: Mapping[str, str]
    high: Mapping[str, str]
    led_on: int
    nextpnr: tuple[str, ...]
    pack: tuple[str, ...] = ()


def _ulx3s(thousands: int) -> Board:
    return Board(
        f"ULX3S with an ECP5 of {thousands} thousand LUTs",
        ECP5,
        25_000_000,
        {"clk": "G2", "rx": "M1", "tx": "L4", "led": "B2"},
        # At 0 the board's second processor would take over and start the board again.
        {"gpio0": "L2"},
        1,
        (f"--{thousands}k", "--package", "CABGA381", "--speed", "6"),
    )


BOARDS: Final = {
    "ulx3s-12f": _ulx3s(12),
    "ulx3s-25f": _ulx3s(25),
    "ulx3s-85f": _ulx3s(85),
    "tang-nano-9k": Board(
        "Tang Nano 9K",
        GOWIN,
        27_000_000,
        {"clk": "52", "rx": "18", "tx": "17", "led": "10"},
        {},
        0,
        ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
        ("-d", "GW1N-9C"),
    ),
    "tang-primer-20k": Board(
        "Tang Primer 20K",
        GOWIN,
        27_000_000,
        {"clk": "H11", "rx": "T13", "tx": "M11", "led": "C13"},
        {},
        0,
        ("--device", "GW2A-LV18PG256C8/I7", "--vopt", "family=GW2A-18"),
        ("-d", "GW2A-18"),
    ),
}
"""By name."""
