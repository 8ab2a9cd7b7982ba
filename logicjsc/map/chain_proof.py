"""Proof that carry chains add up to a sum, however wide: step by step, each exhaustively.

- The operands and the constant at the start are the terms and the sum's offset: an operand of few
  signals is compared with its terms on all their values, another one bit by bit.
- Each addition keeps the total. Place by place, twice the carry out and the sum bit must equal the
  two bits and the carry that came in, for all values of the at most seven signals that they are
  functions of. Where a carry is left out, either arithmetic ends, or the largest values of what is
  added do not reach that far. Where a bit enters as a carry, none may come from the place below.

What is left at the end is the result. Nothing is taken from how the chains were made; the LUTs and
gates themselves are evaluated. A sum of few signals is run on all their values as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.bit_functions import evaluate, joint_inputs
from logicjsc.map.carry_chain import Addition, ChainedSum, Entry
from logicjsc.map.chain_operands import Operand
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork, exhaustive_words, unpack_words
from logicjsc.map.sums import SumNode, Term
from logicjsc.netlist.codes import shifted

Array: TypeAlias = npt.NDArray[Any]

_MOST_SIGNALS: Final = 12
"""Sums of no more signals are run on all their values."""


class ProvenSum(Protocol):
    """A sum with its network, however it is added."""

    @property
    def node(self) -> SumNode:
        """The sum."""

    @property
    def functions(self) -> tuple[tuple[Lut, ...], ...]:
        """For each term its bits, the lowest first, as functions of signals."""

    @property
    def network(self) -> LutNetwork:
        """The LUTs and gates."""


def prove_chain(chained: ChainedSum) -> bool:
    """Whether the network of a chained sum gives the lowest bits of its sum, and then zeros."""
    outputs = chained.network.outputs
    additions = chained.additions
    size = len(additions[-1].result)
    return (
        outputs == (*additions[-1].result, *(0 for _ in outputs[size:]))
        and all(len(addition.result) == size for addition in additions)
        and _are_terms(chained, size)
        and _follow(additions)
        and all(_keeps_total(addition, chained.network) for addition in additions)
        and holds_everywhere(chained, size)
    )


def prove_function(function: Lut, column: Array, places: Sequence[int]) -> bool:
    """Whether a function is a table's output bit.

    Args:
        function: the function.
        column: the bit by address.
        places: the signals that are the address, the highest bit first.
    """
    address = np.arange(column.size, dtype=np.int64)
    known: dict[int, Array] = {}
    possible = np.ones(column.size, np.bool_)
    for place, signal in enumerate(reversed(places)):
        bit = address >> place & 1
        # A signal that stands in the address twice is equal to itself.
        possible &= known.setdefault(signal, bit) == bit
    if not set(function.inputs) <= known.keys():
        return False
    return bool(np.all((evaluate(function, known) == column)[possible]))


def _are_terms(chained: ChainedSum, size: int) -> bool:
    """Whether the operands and the constants are the sum."""
    entries = [addition.entry for addition in chained.additions if addition.entry is not None]
    added = [addition.operand for addition in chained.additions]
    added += [entry.operand for entry in entries if entry.bit.inputs or entry.operand is not None]
    operands = [operand for operand in added if operand is not None]
    constants = [addition for addition in chained.additions if addition.operand is None]
    start = sum(bit << place for step in constants for place, bit in enumerate(step.result))
    start += sum(entry.bit.table << entry.place for entry in entries if entry.operand is None)
    wanted = chained.node.offset + sum(operand.offset for operand in operands)
    numbers = sorted(number for operand in operands for number in operand.terms)
    return (
        numbers == list(range(len(chained.node.terms)))
        and (wanted - start) % (1 << size) == 0
        and all(_is_its_operand(entry) for entry in entries)
        and all(is_its_terms(chained, operand, size) for operand in operands)
    )


def _is_its_operand(entry: Entry) -> bool:
    """Whether a bit that enters as a carry is all of its operand, or a constant."""
    if entry.operand is None:
        return not entry.bit.inputs
    return dict(entry.operand.bits) == {entry.place: entry.bit}


def is_its_terms(chained: ProvenSum, operand: Operand, size: int) -> bool:
    """Whether an operand and its offset are its terms, modulo two to the size."""
    terms = [(chained.node.terms[number], chained.functions[number]) for number in operand.terms]
    inputs = joint_inputs([bit for _, bits in terms for bit in bits] + [*operand.bits.values()])
    if operand.numbers is not None:
        known = all_values(inputs)
        found = sum(evaluate(bit, known) << place for place, bit in operand.bits.items())
        wanted = sum(_added(term, [evaluate(bit, known) for bit in bits]) for term, bits in terms)
        small = np.all(found <= operand.most)
        return bool(small and np.all((wanted - found - operand.offset) % (1 << size) == 0))
    ((term, bits),) = terms
    offset, left = 0, dict(operand.bits)
    for place, function in enumerate(bits[term.dropped :], start=term.dropped):
        is_sign = term.signed and place == term.width - 1
        weight = 1 << (term.shift + place)
        # A sign may be repeated in all places above its own.
        places = range(term.shift + place, size if is_sign else term.shift + place + 1)
        mine = {above: left.pop(above, Lut((), 0)) for above in places}
        known = all_values(joint_inputs([function, *mine.values()]))
        wanted = evaluate(function, known) * (-weight if is_sign != term.negated else weight)
        found = sum(evaluate(bit, known) << above for above, bit in mine.items())
        rest = np.unique((wanted - found) % (1 << size))
        if rest.size != 1:
            return False
        offset += int(rest[0])
    return (
        not left
        and (offset - operand.offset) % (1 << size) == 0
        and sum(1 << place for place in operand.bits) <= operand.most
    )


def _added(term: Term, bits: list[Array]) -> Array:
    """What a term adds, of its bits."""
    weights = [1 << place for place in range(term.width)]
    if term.signed:
        weights[-1] = -weights[-1]
    # Constants are single numbers among the arrays.
    total = sum(bit * weight for bit, weight in zip(bits, weights, strict=True))
    moved = shifted(np.asarray(total), term.shift)
    return np.asarray(-moved if term.negated else moved)


def all_values(inputs: tuple[int, ...]) -> dict[int, Array]:
    """All values of some signals, int64 ``[2**inputs]`` each."""
    rows = np.arange(1 << len(inputs), dtype=np.int64)
    return {source: rows >> place & 1 for place, source in enumerate(inputs)}


def _follow(additions: tuple[Addition, ...]) -> bool:
    """Whether the first addition starts from nothing and each other one where the last ended."""
    before = (0,) * len(additions[0].result)
    most = 0
    for addition in additions:
        if addition.partial != before:
            return False
        constant = sum(bit << place for place, bit in enumerate(addition.result))
        added = constant if addition.operand is None else addition.operand.most
        if addition.entry is not None:
            added += 1 << addition.entry.place
        reached = min(most + added, (1 << len(before)) - 1)
        if addition.most < reached:
            return False
        before, most = addition.result, addition.most
    return True


def _keeps_total(addition: Addition, network: LutNetwork) -> bool:
    """Whether the result is the partial sum, the operand and what enters, for all values."""
    entry = addition.entry
    if addition.operand is None:
        alone = not any(addition.partial) and entry is None
        return alone and all(bit in {0, 1} for bit in addition.result)
    if entry is not None and not _enters(entry, addition, network):
        return False
    if addition.carries[0] != 0 and (entry is None or entry.place != 0):
        return False
    for place, (data, result) in enumerate(zip(addition.partial, addition.result, strict=True)):
        bit = addition.operand.bits.get(place, Lut((), 0))
        carry = addition.carries[place]
        signals = dict.fromkeys((data, carry, *bit.inputs))
        known = all_values(tuple(signal for signal in signals if signal >= CONSTANTS))
        known |= {constant: np.asarray(constant) for constant in range(CONSTANTS)}
        total = known[data] + known[carry] + evaluate(bit, known)
        found = value_of(result, network, known)
        if found is None or not np.all(found == total % 2):
            return False
        # Arithmetic ends at the last place, and what is added at the most that is reached.
        if place + 1 == len(addition.result) or not addition.most >> (place + 1):
            continue
        next_carry = addition.carries[place + 1]
        if entry is not None and entry.place == place + 1:
            next_carry = 0  # nothing may come from below, where another bit enters
        above = value_of(next_carry, network, known)
        if above is None or not np.all(above == total // 2):
            return False
    return True


def _enters(entry: Entry, addition: Addition, network: LutNetwork) -> bool:
    """Whether the carry of a place is the bit that is to enter there."""
    if not 0 <= entry.place < len(addition.carries):
        return False
    known = all_values(entry.bit.inputs)
    known |= {constant: np.asarray(constant) for constant in range(CONSTANTS)}
    found = value_of(addition.carries[entry.place], network, known)
    return found is not None and bool(np.all(found == evaluate(entry.bit, known)))


def value_of(signal: int, network: LutNetwork, known: Mapping[int, Array]) -> Array | None:
    """The values of a signal; None if it depends on more than what is known."""
    if signal in known:
        return known[signal]
    if signal < network.first_lut:
        return None
    lut = network.luts[signal - network.first_lut]
    sources: dict[int, Array] = {}
    for source in lut.inputs:
        value = value_of(source, network, known)
        if value is None:
            return None
        sources[source] = value
    return evaluate(lut, sources)


def holds_everywhere(chained: ProvenSum, size: int) -> bool:
    """Whether the network gives the sum on all values of its signals, if they are few."""
    inputs = joint_inputs([bit for bits in chained.functions for bit in bits])
    if len(inputs) > _MOST_SIGNALS:
        return True
    known = all_values(inputs)
    wanted = np.full(1 << len(inputs), chained.node.offset, np.int64)
    for term, bits in zip(chained.node.terms, chained.functions, strict=True):
        wanted += _added(term, [evaluate(bit, known) for bit in bits])
    network = chained.network
    words = np.zeros((network.inputs, max(1, (1 << len(inputs)) // 64)), np.uint64)
    words[[source - CONSTANTS for source in inputs]] = exhaustive_words(len(inputs))
    found = unpack_words(network.evaluate(words), 1 << len(inputs)).astype(np.int64)
    weights = np.arange(len(found), dtype=np.int64)[:, None]
    return bool(np.all((found << weights).sum(axis=0) == wanted % (1 << size)))
