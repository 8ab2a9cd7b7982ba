"""Bits of signals inside a module, and the order in which they come to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.logicnets.modules import Bit, Module

CONSTANT: Final = -1
CLOCK: Final = -2


class Wire(NamedTuple):
    """A bit of a signal of the netlist, and how many registers lie before it.

    A constant has the signal -1 and its value as ``bit``, a clock or reset the signal -2.
    """

    signal: int
    bit: int
    latency: int


@dataclass(frozen=True)
class Item:
    """Something in a module that reads nets and drives others."""

    reads: set[str]
    writes: set[str]
    run: Callable[[], None]


def wrong(module: Module, sentence: str) -> ImportedModelError:
    """What to raise about a module."""
    return ImportedModelError(f"{module.text.path}: module {module.text.name}: {sentence}")


def nets_of(bits: list[Bit]) -> set[str]:
    """Nets that bits are of."""
    return {bit[0] for bit in bits if not isinstance(bit, int)}


def bits_of(module: Module, net: str) -> list[Bit]:
    """All bits of a net, the lowest first."""
    return [(net, bit) for bit in range(module.nets[net])]


def look_up(module: Module, values: dict[tuple[str, int], Wire], bits: list[Bit]) -> list[Wire]:
    """What drives bits, among the ``values`` of bits that are driven so far.

    Raises:
        ImportedModelError: nothing drives one of them.
    """
    try:
        return [Wire(CONSTANT, bit, 0) if isinstance(bit, int) else values[bit] for bit in bits]
    except KeyError as error:
        net, place = error.args[0]
        raise wrong(module, f"nothing drives {net}[{place}]") from error


def drive(
    module: Module,
    values: dict[tuple[str, int], Wire],
    target: list[Bit],
    wires: list[Wire],
) -> None:
    """Drive bits, each once; ``values`` is changed in place.

    Raises:
        ImportedModelError: their numbers differ, or one is a constant or driven already.
    """
    if len(target) != len(wires):
        raise wrong(module, f"{len(target)} bits are connected to {len(wires)}")
    for bit, wire in zip(target, wires, strict=True):
        if isinstance(bit, int):
            raise wrong(module, "an output is connected to a constant")
        if bit in values:
            raise wrong(module, f"{bit[0]}[{bit[1]}] is driven twice")
        values[bit] = wire


def connect(
    module: Module, values: dict[tuple[str, int], Wire], target: list[Bit], bits: list[Bit]
) -> None:
    """Drive bits by others."""
    drive(module, values, target, look_up(module, values, bits))


def keep(module: Module, values: dict[tuple[str, int], Wire]) -> None:
    """Drive what a register keeps by what it is given, one register later."""
    source, target = module.register or ("", "")
    wires = look_up(module, values, bits_of(module, source))
    kept = [wire if wire.signal < 0 else wire._replace(latency=wire.latency + 1) for wire in wires]
    drive(module, values, bits_of(module, target), kept)


def check_latency(bits: list[Wire], what: str) -> None:
    """Refuse bits that belong to different samples.

    Raises:
        ImportedModelError: they lie behind different numbers of registers, or are clocks.
    """
    if any(bit.signal == CLOCK for bit in bits):
        raise ImportedModelError(f"{what} read a clock or reset")
    if len({bit.latency for bit in bits if bit.signal >= 0}) > 1:
        raise ImportedModelError(
            f"{what} lie behind different numbers of registers, so they belong to different "
            "samples; balance the pipeline"
        )


def ordered(module: Module, items: list[Item]) -> list[Item]:
    """Items such that every net is driven as a whole before it is read."""
    writers: dict[str, int] = {}
    readers: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        for net in item.writes:
            writers[net] = writers.get(net, 0) + 1
        for net in item.reads:
            readers.setdefault(net, []).append(place)
    missing = [sum(net in writers for net in item.reads) for item in items]
    ready = [place for place, count in enumerate(missing) if not count]
    ordered = []
    for place in ready:
        ordered.append(items[place])
        for net in items[place].writes:
            writers[net] -= 1
            if writers[net]:
                continue
            for reader in readers.get(net, ()):
                missing[reader] -= 1
                if not missing[reader]:
                    ready.append(reader)
    if len(ordered) < len(items):
        open_nets = sorted(net for net, count in writers.items() if count)
        raise wrong(module, f"{open_nets[0]} depends on itself")
    return ordered
