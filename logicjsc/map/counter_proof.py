"""Proof that counters add up to a sum, for sums far too wide to be tried out or given to SAT.

The bits of a sum lie in columns by weight. Two facts make the counters right:

- At the start, the bits and their weights are the sum: both are linear in the input bits, so they
  are equal if all coefficients are, modulo the size of the result.
- A counter replaces some bits by others of equal total. It has at most seven bits, so this is tried
  out on all their values.

What is left at the end is one bit in each column: the result. Nothing is taken from how the
counters were made; the LUTs themselves are evaluated.
"""

from __future__ import annotations

from collections import Counter as Multiset
from itertools import product

from logicjsc.map.compressor import Bit, CountedSum, Counter
from logicjsc.map.lut_network import CONSTANTS, LutNetwork


def prove_counters(counted: CountedSum) -> bool:
    """Whether the network of a counted sum gives the sum's code for every input."""
    if not _starts_as_sum(counted):
        return False
    columns = [Multiset(column) for column in counted.columns]
    for step in counted.steps:
        if not _keeps_total(step, counted.network, len(columns)):
            return False
        for bit, weight in zip(step.bits, step.weights, strict=True):
            column = columns[step.column + weight - 1]
            if not column[bit]:
                return False
            column[bit] -= 1
        for place, signal in enumerate(step.outputs):
            columns[step.column + place][Bit(signal)] += 1
    left = [[bit for bit in column.elements() if bit.signal] for column in columns]
    return len(left) == len(counted.network.outputs) and all(
        [(bit.signal, bit.inverted) for bit in bits] == ([(output, False)] if output else [])
        for bits, output in zip(left, counted.network.outputs, strict=True)
    )


def _starts_as_sum(counted: CountedSum) -> bool:
    """Whether bits by weight and terms are the same linear function of the input bits."""
    node = counted.node
    size = 1 << node.width
    wanted: Multiset[int] = Multiset({1: node.offset})
    number = CONSTANTS + node.bits
    for term in node.terms:
        number -= term.width
        for bit in range(term.dropped, term.width):
            factor = 1 << (term.shift + bit)
            negative = (term.signed and bit == term.width - 1) != term.negated
            wanted[number + bit] += -factor if negative else factor
    found: Multiset[int] = Multiset()
    for place, column in enumerate(counted.columns):
        for entry in column:
            found[entry.signal] += (-1 if entry.inverted else 1) << place
            found[1] += int(entry.inverted) << place
    signals = set(wanted) | set(found)
    return all((wanted[signal] - found[signal]) % size == 0 for signal in signals if signal)


def _keeps_total(step: Counter, network: LutNetwork, columns: int) -> bool:
    """Whether a counter's bits and outputs have one total, for all values of its bits."""
    signals = list(dict.fromkeys(bit.signal for bit in step.bits if bit.signal >= CONSTANTS))
    size = 1 << (columns - step.column)
    for values in product((0, 1), repeat=len(signals)):
        known = {0: 0, 1: 1, **dict(zip(signals, values, strict=True))}
        before = sum(
            weight * (known[bit.signal] ^ bit.inverted)
            for bit, weight in zip(step.bits, step.weights, strict=True)
        )
        after = 0
        for place, output in enumerate(step.outputs):
            value = _value(output, network, known)
            if value is None:
                return False
            after += value << place
        if (before - after) % size:
            return False
    return True


def _value(signal: int, network: LutNetwork, known: dict[int, int]) -> int | None:
    """The value of a signal; None if it depends on more than what is known."""
    if signal in known:
        return known[signal]
    if signal < network.first_lut:
        return None
    lut = network.luts[signal - network.first_lut]
    if not all(source in known for source in lut.inputs):
        return None
    index = sum(known[source] << place for place, source in enumerate(lut.inputs))
    return lut.table >> index & 1
