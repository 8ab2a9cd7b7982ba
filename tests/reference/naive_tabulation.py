"""Truth tables of a foreign model one neuron and one address at a time, with exact fractions.

Nothing is shared with the product: no ONNX, no dependence sets, no grouping, no floats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from reference.onnx_builder import ForeignModel, Quant, Signal


@dataclass(frozen=True)
class NaiveNode:
    """One neuron: which signals it reads, ascending, and its output code by address."""

    reads: tuple[int, ...]
    table: tuple[int, ...]
    width: int
    signed: bool


def value_of(quant: Quant, element: int, code: int) -> Fraction:
    """The real number behind a bit pattern."""
    if quant.signed and code >= 1 << (quant.bits - 1):
        code -= 1 << quant.bits
    return (code - quant.zero_point) * quant.scale_of(element)


def code_of(quant: Quant, element: int, value: Fraction) -> int:
    """The bit pattern of a real number: round half to even, clip, two's complement."""
    # Python's round() of a fraction is exact and sends halves to even numbers.
    integer = round(value / quant.scale_of(element)) + quant.zero_point
    integer = min(max(integer, quant.low), quant.high)
    return integer % (1 << quant.bits)


def naive_node(signals: tuple[Signal, ...], signal: Signal) -> NaiveNode:
    """The table of one neuron."""
    reads = [source for source, _ in signal.reads]
    weights = [weight for _, weight in signal.reads]
    bits = [signals[source].quant.bits for source in reads]
    table = []
    for address in range(1 << sum(bits)):
        digits = format(address, f"0{sum(bits)}b") if bits else ""
        total = signal.bias
        for source, weight, width in zip(reads, weights, bits, strict=True):
            own, digits = digits[:width], digits[width:]
            quant, element = signals[source].quant, signals[source].element
            total += weight * value_of(quant, element, int(own, 2))
        table.append(code_of(signal.quant, signal.element, signal.activation(total)))
    return NaiveNode(tuple(reads), tuple(table), signal.quant.bits, signal.quant.signed)


def naive_nodes(foreign: ForeignModel) -> dict[int, NaiveNode]:
    """Every signal that is no input, by number.

    A masked feature is left out: its constant comes from arithmetic in front of the quantiser.
    """
    return {
        number: naive_node(foreign.signals, signal)
        for number, signal in enumerate(foreign.signals)
        if not is_input(signal) and not is_masked_feature(foreign, number)
    }


def is_input(signal: Signal) -> bool:
    return signal.feature is not None


def is_masked_feature(foreign: ForeignModel, number: int) -> bool:
    """Whether a signal stands beside inputs without being one."""
    signal = foreign.signals[number]
    beside = [other for other in foreign.signals if other.block == signal.block]
    return not is_input(signal) and any(is_input(other) for other in beside)


def naive_stages(foreign: ForeignModel) -> list[int]:
    """Stage of every signal: one more than the deepest that its quantiser reads."""
    stages: list[int] = []
    for signal in foreign.signals:
        block = [other for other in foreign.signals if other.block == signal.block]
        depths = [stages[source] for other in block for source, _ in other.reads]
        stages.append(0 if is_input(signal) else 1 + max(depths, default=0))
    return stages


def netlist_order(foreign: ForeignModel) -> list[int]:
    """Signals as a netlist numbers them: inputs, then by stage, then by shape, then by number."""
    signals, stages = foreign.signals, naive_stages(foreign)

    def shape(number: int) -> tuple[int, int]:
        reads = signals[number].reads
        return len(reads), sum(signals[source].quant.bits for source, _ in reads)

    order = [number for number, signal in enumerate(signals) if is_input(signal)]
    for stage in range(1, max(stages) + 1):
        nodes = [
            number
            for number, signal in enumerate(signals)
            if stages[number] == stage and not is_input(signal)
        ]
        for wanted in dict.fromkeys(shape(number) for number in nodes):
            order += [number for number in nodes if shape(number) == wanted]
    return order
