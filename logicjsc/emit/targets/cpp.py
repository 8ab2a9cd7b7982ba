"""``--for cpp``: a header with the whole network, and how features become its words and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from logicjsc.core.errors import CircuitError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.ends.encoder_plan import word_encoder
from logicjsc.emit.ends.word_format import WordFormat
from logicjsc.emit.hdl.names import comment_text
from logicjsc.emit.targets import cpp_text as text
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.targets.templates import fill
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.netlist import Decoder, Encoder, Netlist, SumLayer, TableLayer
from logicjsc.netlist.passes import drop_dead_nodes

FOLDER: Final = "cpp"
WIDEST: Final = 32
"""Most bits of a code that the emulator holds."""


class Cpp(Target):
    """C++11."""

    title = "a header-only, bit-exact emulator in C++11, from raw features to the decision"

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """One header."""
        circuit = job.circuit
        return {f"{FOLDER}/{circuit.top}_emulator.hpp": _header(circuit)}


def _header(circuit: Circuit) -> str:
    netlist = drop_dead_nodes(circuit.netlist)
    if int(netlist.widths.max()) > WIDEST:
        raise CircuitError(
            f"netlist {netlist.name!r} has codes of {netlist.widths.max()} bits, and the C++ "
            f"emulator holds {WIDEST}; narrow its sums"
        )
    encoder, decoder = netlist.encoder, netlist.decoder
    words = None
    if encoder is not None and (circuit.manifest.options.words or encoder.words) is not None:
        words = word_encoder(netlist, circuit.manifest.options)[1]
    parts = [_network(circuit, netlist, words)]
    if words is not None:
        parts.append(_words(words))
    if encoder is not None:
        parts.append(_encoder(encoder))
    if decoder is not None and decoder.kind != "value":
        parts.append(_decision(netlist, decoder))
        if encoder is not None:
            rounded = text.UNROUNDED if words is None else text.ROUNDED
            parts.append(fill(text.CLASSIFY, rounded=rounded))
    parts.append(fill(text.END, top=circuit.top, guard=_guard(circuit)))
    return "".join(parts)


def _guard(circuit: Circuit) -> str:
    return f"LOGICJSC_{circuit.top.upper()}_EMULATOR_HPP"


def _network(circuit: Circuit, netlist: Netlist, words: FixedPoint | None) -> str:
    decoder = netlist.decoder
    decisions = 1 if decoder is not None and decoder.kind == "classes" else len(netlist.outputs)
    return fill(
        text.HEADER,
        top=circuit.top,
        digest=circuit.manifest.netlist_digest,
        guard=_guard(circuit),
        port_map="".join(f"// {line}\n" for line in _port_map(circuit, words)),
        features=0 if netlist.encoder is None else len(netlist.encoder.feature_names),
        inputs=netlist.inputs,
        outputs=len(netlist.outputs),
        decisions=decisions,
        signals=netlist.signals,
        widths=_list(netlist.widths.tolist()),
        is_signed=_list(netlist.signed.astype(int).tolist()),
        output_signals=_list(netlist.outputs.tolist()),
        layers="\n".join(
            _table_layer(layer, first) if isinstance(layer, TableLayer) else _sums(layer, first)
            for first, layer in zip(netlist.first_signals, netlist.layers, strict=True)
        ),
    )


def _port_map(circuit: Circuit, words: FixedPoint | None) -> Iterable[str]:
    netlist = circuit.netlist
    if netlist.encoder is not None:
        yield "features, in this order:"
        for number, name in enumerate(netlist.encoder.feature_names):
            line = f"  {number} {comment_text(name)}"
            if words is not None:
                low, width = words.lows[number], words.widths[number]
                format_ = WordFormat(width, words.exponents[number], low < 0)
                line += f": {format_.ap_fixed}, {format_.q_format}, "
                line += f"{format_.lowest:g} to {format_.highest:g} by {format_.step:g}"
            yield line
    yield "results, in this order:"
    for number, place in enumerate(circuit.manifest.outputs):
        kind = "signed" if place.signed else "unsigned"
        line = f"  {number} {comment_text(place.name)}: {place.width} bits, {kind}"
        if place.scale is not None:
            line += f", score {place.offset!r} + {place.scale!r} * value"
        yield line


def _table_layer(layer: TableLayer, first: int) -> str:
    bits = int(layer.widths.max(initial=1))
    kind = next(f"std::uint{size}_t" for size in (8, 16, 32) if bits <= size)
    rows = [_list(table.tolist()) for table in layer.tables]
    # A table without inputs has one row; an array needs an entry.
    inputs = _list(layer.inputs.ravel().tolist()) or "0"
    return fill(
        text.TABLES,
        name=comment_text(layer.name),
        nodes=layer.nodes,
        rows=layer.tables.shape[1],
        type=kind,
        inputs=inputs,
        tables=",\n            ".join(rows),
        fan_in=layer.fan_in,
        first=first,
    )


def _sums(layer: SumLayer, first: int) -> str:
    return fill(
        text.SUMS,
        name=comment_text(layer.name),
        nodes=layer.nodes,
        inputs=_list(layer.inputs.ravel().tolist()) or "0",
        shifts=_list(layer.shifts.ravel().tolist()) or "0",
        negated=_list(layer.negated.ravel().astype(int).tolist()) or "0",
        offsets=_list([f"INT64_C({offset})" for offset in layer.offsets.tolist()]),
        fan_in=layer.fan_in,
        first=first,
    )


def _words(words: FixedPoint) -> str:
    return fill(
        text.WORDS,
        rounding="downwards" if words.floors else "half up, in float32",
        round=text.DOWN if words.floors else text.HALF_UP,
        exponents=_list(words.exponents),
        lows=_list([f"{low}.0f" for low in words.lows]),
        highs=_list([f"{high}.0f" for high in words.highs]),
    )


def _encoder(encoder: Encoder) -> str:
    thresholds: list[str] = []
    codes: list[int] = []
    starts = [0]
    for row, chosen in zip(encoder.thresholds, encoder.codes, strict=True):
        # No feature reaches +inf, and all reach -inf, as they reach the lowest float32.
        used = np.maximum(row[row < np.inf], np.finfo(np.float32).min).astype(np.float32)
        thresholds += [_float(value) for value in used.tolist()]
        codes += chosen[: used.size + 1].tolist()
        starts.append(len(thresholds))
    return fill(
        text.ENCODER,
        of_input=_list(encoder.features.tolist()),
        starts=_list(starts),
        thresholds=_list(thresholds) or "0.0f",
        codes=_list(codes),
    )


def _float(value: float) -> str:
    """A float32 as a constant that is read back as the same one."""
    shown = f"{value:.9g}"
    return f"{shown}f" if set(shown) & set(".e") else f"{shown}.0f"


def _decision(netlist: Netlist, decoder: Decoder) -> str:
    signed = str(bool(decoder.signed)).lower()
    widths = [int(netlist.widths[signal]) for signal in netlist.outputs.tolist()]
    if decoder.kind == "classes":
        return fill(text.CLASSES, width=widths[0], is_signed=signed)
    return fill(
        text.LABELS,
        thresholds=_list(decoder.code_thresholds),
        widths=_list(widths),
        is_signed=signed,
    )


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))


TARGET: Final = Cpp()
