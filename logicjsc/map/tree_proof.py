"""Proof that a tree of adders adds up to a sum, however wide: step by step, each exhaustively.

As in `logicjsc.map.chain_proof`: operands and constant are the terms and the sum's offset, and each
step keeps the total. What a step takes must be there, and is gone afterwards, so that nothing is
added twice or left out. What is left at the end is the result. Nothing is taken from how the tree
was made; LUTs and gates themselves are evaluated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.adder_steps import Chain, Count, Lookup, Number, Part, Rows, Step
from logicjsc.map.adder_tree import TreedSum
from logicjsc.map.bit_functions import evaluate, joint_inputs
from logicjsc.map.chain_proof import (
    all_values,
    holds_everywhere,
    is_its_terms,
    value_of,
)
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork

Array: TypeAlias = npt.NDArray[Any]

_ZERO = Lut((), 0)
_PAIR = 2
"""Parts of a chain that saves no carries."""


def prove_tree(treed: TreedSum, size: int) -> bool:
    """Whether the network of a tree gives the lowest ``size`` bits of its sum, and then zeros."""
    outputs = treed.network.outputs
    return (
        not any(outputs[size:])
        and _are_terms(treed, size)
        and all(_keeps_total(step, treed.network, size) for step in treed.steps)
        and _uses_all_once(treed, size)
        and holds_everywhere(treed, size)
    )


def _are_terms(treed: TreedSum, size: int) -> bool:
    """Whether the operands and the constant are the sum."""
    offset = treed.node.offset + sum(operand.offset for operand in treed.operands)
    numbers = sorted(number for operand in treed.operands for number in operand.terms)
    return (
        numbers == list(range(len(treed.node.terms)))
        and (offset - treed.constant) % (1 << size) == 0
        and all(is_its_terms(treed, operand, size) for operand in treed.operands)
    )


def _uses_all_once(treed: TreedSum, size: int) -> bool:
    """Whether each part is taken once, and only the result is left.

    A number that nobody made may be a constant; what constants add up to is the tree's.
    """
    there: Counter[Number] = Counter()
    operands = [operand for operand in treed.operands if operand.bits]
    constant = 0
    taken = []
    for step in treed.steps:
        parts: Iterable[Part] = (step.operand,) if isinstance(step, Lookup) else step.parts
        for part in parts:
            if not isinstance(part, Number):
                taken.append(part)
            elif there[part]:
                there[part] -= 1
            elif all(bit < CONSTANTS for bit in part.bits):
                constant += _constant(part)
            else:
                return False
        there.update(step.results if isinstance(step, Rows) else (step.result,))
    left = list(there.elements())
    if not left:
        left = [Number(treed.network.outputs[:size], (1 << size) - 1)]
        if any(bit >= CONSTANTS for bit in left[0].bits):
            return False
        constant += _constant(left[0])
    return (
        len(left) == 1
        and left[0].bits == treed.network.outputs[:size]
        and (constant - treed.constant) % (1 << size) == 0
        and len(taken) == len(operands)
        and all(any(one is other for other in operands) for one in taken)
        and len({id(one) for one in taken}) == len(taken)
    )


def _constant(number: Number) -> int:
    return sum(bit << place for place, bit in enumerate(number.bits))


def _keeps_total(step: Step, network: LutNetwork, size: int) -> bool:
    """Whether what comes out of a step is what went in, for all values."""
    if isinstance(step, Lookup):
        return step.result.most >= step.operand.most and all(
            _equal(network, bit, step.operand.bits.get(place, _ZERO))
            for place, bit in enumerate(step.result.bits)
        )
    if isinstance(step, Chain):
        return _chain_keeps(step, network, size)
    return _rows_keep(step, network, size)


def _equal(network: LutNetwork, signal: int, function: Lut) -> bool:
    known = _known(function.inputs)
    found = value_of(signal, network, known)
    return found is not None and bool(np.all(found == evaluate(function, known)))


def _known(signals: Iterable[int]) -> dict[int, Array]:
    """All values of signals, and of the constants."""
    known = all_values(tuple(dict.fromkeys(one for one in signals if one >= CONSTANTS)))
    return known | {constant: np.asarray(constant) for constant in range(CONSTANTS)}


def _chain_keeps(step: Chain, network: LutNetwork, size: int) -> bool:
    reached = min(sum(part.most for part in step.parts), (1 << size) - 1)
    return (
        not step.carries[0]
        and not step.saved[0]
        and (len(step.parts) > _PAIR or not any(step.saved))
        and len(step.result.bits) == size
        and step.result.most >= reached
        and all(_place_keeps(step, place, network) for place in range(size))
    )


def _place_keeps(step: Chain, place: int, network: LutNetwork) -> bool:
    """Whether sum and carries of a place are what comes into it."""
    bits = [_functions(part).get(place, _ZERO) for part in step.parts]
    carry, saved = step.carries[place], step.saved[place]
    known = _known((carry, saved, *joint_inputs(bits)))
    total = np.asarray(sum(evaluate(bit, known) for bit in bits))
    above = np.zeros_like(total)
    if len(step.parts) > _PAIR:
        total, above = total % 2 + known[saved], total // 2
    total = total + known[carry]
    wanted = {step.result.bits[place]: total % 2}
    # Arithmetic ends at the last place, and what is added at the most that is reached.
    if place + 1 < len(step.result.bits) and step.result.most >> (place + 1):
        carries = ((step.carries[place + 1], total // 2), (step.saved[place + 1], above))
        return all(_is(signal, value, network, known) for signal, value in carries) and all(
            _is(signal, value, network, known) for signal, value in wanted.items()
        )
    return all(_is(signal, value, network, known) for signal, value in wanted.items())


def _is(signal: int, wanted: Array | int, network: LutNetwork, known: Mapping[int, Array]) -> bool:
    """Whether a signal has these values; not if it depends on more than what is known."""
    found = value_of(signal, network, known)
    return found is not None and bool(np.all(found == wanted))


def _functions(part: Part) -> Mapping[int, Lut]:
    return part.functions if isinstance(part, Number) else part.bits


def _rows_keep(step: Rows, network: LutNetwork, size: int) -> bool:
    columns: list[Counter[int]] = [Counter() for _ in range(size)]
    for part in step.parts:
        _put(columns, part.bits)
    for count in step.counts:
        if not _counts(count, network, size):
            return False
        columns[count.place].subtract(count.bits)
        if min(columns[count.place].values()) < 0:
            return False
        _put(columns[count.place :], count.outputs)
    for result in step.results:
        for place, bit in enumerate(result.bits):
            if bit:
                columns[place][bit] -= 1
    limit = sum(part.most for part in step.parts)
    return not any(any(column.values()) for column in columns) and all(
        result.most >= min(limit, sum(1 << place for place, bit in enumerate(result.bits) if bit))
        for result in step.results
    )


def _counts(count: Count, network: LutNetwork, size: int) -> bool:
    """Whether the outputs of a counter are the bits of the number of ones, as far as they go."""
    known = _known(count.bits)
    ones = sum(known[bit] for bit in count.bits)
    places = range(min(len(count.bits).bit_length(), size - count.place))
    return len(count.outputs) == len(places) and all(
        _is(output, ones >> place & 1, network, known)
        for place, output in zip(places, count.outputs, strict=True)
    )


def _put(columns: Sequence[Counter[int]], bits: Sequence[int]) -> None:
    for place, bit in enumerate(bits):
        if bit:
            columns[place][bit] += 1
