"""A foreign model signal by signal and sample by sample, with exact fractions."""

from __future__ import annotations

from fractions import Fraction

from reference.naive_tabulation import code_of, is_input, value_of
from reference.onnx_builder import ForeignModel, Values


def signal_codes(foreign: ForeignModel, input_codes: list[int]) -> list[int]:
    """The code of every signal; inputs come in the order of the signals."""
    given = iter(input_codes)
    codes: list[int] = []
    for signal in foreign.signals:
        if is_input(signal):
            codes.append(next(given))
            continue
        total = signal.bias + weighted(foreign, codes, signal.reads)
        codes.append(code_of(signal.quant, signal.element, signal.activation(total)))
    return codes


def element_values(foreign: ForeignModel, values: Values, codes: list[int]) -> list[Fraction]:
    """The numbers of a tensor, given all signals' codes."""
    return [constant + weighted(foreign, codes, reads) for reads, constant in values.sums]


def weighted(foreign, codes, reads):
    signals = foreign.signals
    return sum(
        (
            weight * value_of(signals[source].quant, signals[source].element, codes[source])
            for source, weight in reads
        ),
        Fraction(0),
    )
