"""Which bits of a bus mean what, as comment lines for the header of a module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from logicjsc.emit.ends.encoder_plan import FeatureSteps
from logicjsc.emit.verilog.names import comment_text
from logicjsc.emit.verilog.plan import Bus
from logicjsc.emit.verilog.text import count
from logicjsc.netlist import Netlist

CLASS_REMARK = "index of the class with the highest score; the lowest index wins a tie"


def code_lines(
    port: str, netlist: Netlist, signals: Sequence[int], names: Sequence[str]
) -> list[str]:
    """Port map of a bus of codes."""
    bus = Bus.of("", signals, netlist)
    parts = (
        (lsb, int(netlist.widths[signal]), bool(netlist.signed[signal]), comment_text(name))
        for signal, lsb, name in zip(signals, bus.lsbs, names, strict=True)
    )
    return [f"// {port}:", *_lines(parts, bus.width)]


def feature_lines(port: str, features: Sequence[FeatureSteps]) -> list[str]:
    """Port map of a bus of words."""
    width = features[0].width
    parts = (
        (
            index * width,
            width,
            feature.signed,
            f"{comment_text(feature.name)}, one step is 2**{feature.exponent}",
        )
        for index, feature in enumerate(features)
    )
    return [f"// {port}:", *_lines(parts, width * len(features))]


def class_lines(port: str, names: Sequence[str]) -> list[str]:
    """Meaning of a class index."""
    classes = (f"//   {index} {comment_text(name)}" for index, name in enumerate(names))
    return [f"// {port}: {CLASS_REMARK}", *classes]


def _lines(parts: Iterator[tuple[int, int, bool, str]], bus_width: int) -> Iterator[str]:
    digits = len(str(bus_width - 1))
    for lsb, width, signed, text in parts:
        sign = "signed" if signed else "unsigned"
        bits = f"[{lsb + width - 1:>{digits}}:{lsb:>{digits}}]"
        yield f"//   {bits} {count(width, 'bit'):<7} {sign:<8} {text}"
