"""Random netlists with everything a netlist may have.

Skip connections, mixed widths and signs, single bits, constants, sums, dead nodes, unused inputs,
repeated outputs and outputs that are inputs.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from logicjsc.netlist import Layer, Netlist, SumLayer, TableLayer


def random_netlist(
    seed: int,
    *,
    name: str = "random",
    inputs: int = 5,
    widest_input: int = 3,
    stages: int = 3,
    nodes: int = 4,
    address_bits: int = 7,
    outputs: int = 5,
    wrapping: bool = False,
) -> Netlist:
    """A netlist drawn from ``seed``; sizes are upper limits.

    With ``wrapping``, half of the layers are sums that wrap and drop bits, and wires among them.
    """
    rng = np.random.default_rng(seed)
    input_widths = rng.integers(1, widest_input + 1, inputs)
    input_signed = rng.integers(0, 2, inputs).astype(bool)
    widths, signed = input_widths.tolist(), input_signed.tolist()
    layers: list[Layer] = []
    for stage in range(1, stages + 1):
        sources = len(widths)
        for part in range(int(rng.integers(1, 3))):
            layer_name = f"s{stage}.{part}"
            size = int(rng.integers(1, nodes + 1))
            kind = rng.choice(["table", "table", "sum", "constant"])
            if wrapping and rng.integers(2):
                layer = _wrapping_sums(rng, layer_name, stage, size, widths[:sources])
            elif kind == "sum":
                layer = _sums(
                    rng, layer_name, stage, size, widths=widths[:sources], signed=signed[:sources]
                )
            else:
                most = 0 if kind == "constant" else address_bits
                layer = _tables(rng, layer_name, stage, size, widths=widths[:sources], most=most)
            layers.append(layer)
            widths += layer.widths.tolist()
            signed += layer.signed.tolist()
    return Netlist(
        name=name,
        input_names=tuple(f"x{index}" for index in range(inputs)),
        input_widths=input_widths,
        input_signed=input_signed,
        layers=tuple(layers),
        outputs=_outputs(rng, len(widths), outputs),
        provenance={"seed": str(seed)},
    )


@st.composite
def netlists(draw: st.DrawFn, *, wrapping: bool = False) -> Netlist:
    """Small random netlists of all shapes; see `random_netlist`."""
    return random_netlist(
        draw(st.integers(0, 2**32 - 1)),
        inputs=draw(st.integers(1, 6)),
        widest_input=draw(st.integers(1, 5)),
        stages=draw(st.integers(0, 4)),
        nodes=draw(st.integers(1, 6)),
        outputs=draw(st.integers(1, 5)),
        wrapping=wrapping,
    )


def random_codes(netlist: Netlist, vectors: int, seed: int = 0) -> np.ndarray:
    """Random input codes; all zeros and all ones come first."""
    rng = np.random.default_rng(seed)
    limits = 1 << netlist.input_widths.astype(np.int64)
    codes = rng.integers(0, limits, (vectors, netlist.inputs))
    codes[:1] = 0
    codes[1:2] = limits - 1
    return codes


def exhaustive_codes(netlist: Netlist) -> np.ndarray:
    """Every combination of input codes."""
    widths = netlist.input_widths.astype(np.int64)
    number = np.arange(1 << int(widths.sum()))[:, None]
    return (number >> (np.cumsum(widths) - widths)) & ((1 << widths) - 1)


def _tables(
    rng: np.random.Generator, name: str, stage: int, size: int, *, widths: list[int], most: int
) -> TableLayer:
    fan_in = int(rng.integers(1, 5)) if most else 0
    first = rng.integers(0, len(widths), fan_in)
    while sum(widths[source] for source in first) > most:
        first = first[1:]
    wanted = sum(widths[source] for source in first)
    rows = [first]
    for _ in range(size - 1):
        # All tables of a layer have one size: look for other sources of the same total width.
        candidates = rng.integers(0, len(widths), (30, first.size))
        fitting = [row for row in candidates if sum(widths[source] for source in row) == wanted]
        rows.append(fitting[0] if fitting else rng.permutation(first))
    out_widths = rng.integers(1, 5, size)
    tables = rng.integers(0, (1 << out_widths)[:, None], (size, 1 << wanted))
    if size > 1 and rng.integers(2):
        out_widths[-1], tables[-1] = out_widths[0], tables[0]  # an equal table
    return TableLayer(
        name,
        stage,
        np.array(rows, np.int32).reshape(size, first.size),
        tables,
        out_widths,
        rng.integers(0, 2, size).astype(bool),
    )


def _sums(
    rng: np.random.Generator,
    name: str,
    stage: int,
    size: int,
    *,
    widths: list[int],
    signed: list[bool],
) -> SumLayer:
    # Wide sums of sums would grow without end.
    narrow = [source for source, width in enumerate(widths) if width <= 12]
    fan_in = int(rng.integers(1, 4))
    inputs = rng.choice(narrow, (size, fan_in))
    shifts = rng.integers(0, 3, (size, fan_in))
    negated = rng.integers(0, 2, (size, fan_in)).astype(bool)
    offsets = rng.integers(-20, 21, size) * rng.integers(0, 2, size)
    out_widths, out_signed = [], []
    for node in range(size):
        low = high = int(offsets[node])
        for source, shift, minus in zip(inputs[node], shifts[node], negated[node], strict=True):
            bits = widths[source]
            span = (
                (-(1 << bits - 1), (1 << bits - 1) - 1) if signed[source] else (0, (1 << bits) - 1)
            )
            ends = [end * (1 << int(shift)) * (-1 if minus else 1) for end in span]
            low, high = low + min(ends), high + max(ends)
        sign = low < 0 or bool(rng.integers(2))
        bits = max((-low - 1).bit_length() if low < 0 else 0, high.bit_length() if high > 0 else 0)
        out_widths.append(max(1, bits + sign + int(rng.integers(2))))
        out_signed.append(sign)
    return SumLayer(
        name, stage, inputs, shifts, negated, offsets, np.array(out_widths), np.array(out_signed)
    )


def _wrapping_sums(
    rng: np.random.Generator, name: str, stage: int, size: int, widths: list[int]
) -> SumLayer:
    """Sums that need not fit, of inputs without their lowest bits; some of them are wires."""
    fan_in = int(rng.integers(1, 4))
    inputs = rng.integers(0, len(widths), (size, fan_in))
    shifts = rng.integers(-4, 4, (size, fan_in))
    negated = rng.integers(0, 3, (size, fan_in)) == 0
    offsets = rng.integers(-40, 41, size) * rng.integers(0, 2, size)
    for node in range(size):
        place = 0
        is_concatenation = rng.integers(2)
        for position, source in enumerate(inputs[node]):
            shifts[node, position] = max(shifts[node, position], 1 - widths[source])
            if is_concatenation:
                shifts[node, position] = min(place, 20)
                place += widths[source] + int(rng.integers(2))
        if is_concatenation:
            negated[node], offsets[node] = False, 0
    return SumLayer(
        name,
        stage,
        inputs,
        shifts,
        negated,
        offsets,
        rng.integers(1, 14, size),
        rng.integers(0, 2, size).astype(bool),
        np.ones(size, bool),
    )


def _outputs(rng: np.random.Generator, signals: int, most: int) -> np.ndarray:
    count = int(rng.integers(1, most + 1))
    late = rng.integers(max(0, signals - 6), signals, count)
    anywhere = rng.integers(0, signals, count)
    return np.where(rng.integers(0, 4, count) > 0, late, anywhere)
