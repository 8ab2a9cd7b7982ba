"""Which bits of a bus mean what, as comment lines for the header of a module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from logicjsc.emit.ends.encoder_plan import FeatureSteps
from logicjsc.emit.ends.word_format import WordFormat
from logicjsc.emit.hdl.bus import Bus
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.hdl.text import count
from logicjsc.netlist import Decoder, Netlist

CLASS_REMARK = "index of the class with the highest score; the lowest index wins a tie"


def code_lines(
    port: str, netlist: Netlist, signals: Sequence[int], names: Sequence[str]
) -> list[str]:
    """Port map of a bus of codes."""
    bus = Bus.of("", signals, netlist.widths)
    parts = (
        (lsb, int(netlist.widths[signal]), bool(netlist.signed[signal]), comment_text(name))
        for signal, lsb, name in zip(signals, bus.lsbs, names, strict=True)
    )
    return [f"// {port}:", *_lines(parts, bus.width)]


def feature_lines(port: str, features: Sequence[FeatureSteps]) -> list[str]:
    """Port map of a bus of words."""
    lsbs = list(accumulate((feature.width for feature in features), initial=0))
    parts = (
        (
            lsb,
            feature.width,
            feature.signed,
            f"{comment_text(feature.name)}, one step is 2**{feature.exponent}, "
            + WordFormat(feature.width, feature.exponent, feature.signed).ap_fixed,
        )
        for lsb, feature in zip(lsbs, features, strict=False)
    )
    return [f"// {port}:", *_lines(parts, lsbs[-1])]


def class_lines(port: str, names: Sequence[str]) -> list[str]:
    """Meaning of a class index."""
    classes = (f"//   {index} {comment_text(name)}" for index, name in enumerate(names))
    return [f"// {port}: {CLASS_REMARK}", *classes]


def decision_lines(port: str, decoder: Decoder) -> list[str]:
    """Meaning of what is decided."""
    if decoder.kind == "classes":
        return class_lines(port, decoder.class_names)
    names = decoder.class_names
    if decoder.kind == "binary":
        yes, no = comment_text(names[1]), comment_text(names[0])
        return [f"// {port}: 1 for {yes}, 0 for {no}"]
    labels = (f"//   [{index}] {comment_text(name)}" for index, name in enumerate(names))
    return [f"// {port}: 1 for a label that applies", *labels]


def _lines(parts: Iterator[tuple[int, int, bool, str]], bus_width: int) -> Iterator[str]:
    digits = len(str(bus_width - 1))
    for lsb, width, signed, text in parts:
        sign = "signed" if signed else "unsigned"
        bits = f"[{lsb + width - 1:>{digits}}:{lsb:>{digits}}]"
        yield f"//   {bits} {count(width, 'bit'):<7} {sign:<8} {text}"
