"""The carry chains in a LUT network: which gates stand above each other."""

from __future__ import annotations

from dataclasses import dataclass

from logicjsc.core.errors import NetlistError
from logicjsc.map.lut_network import CARRY_SUM, CONSTANTS, LutNetwork


@dataclass
class ChainPlace:
    """One bit of a chain: ``sum = select ^ carry`` and ``carry out = select ? carry : data``.

    Attributes:
        select: signal that selects.
        carry: signal or constant of the carry that comes in.
        data: signal that becomes the carry if it is not passed on; 0 if there is no carry out.
        sum: the sum's signal, if anything reads it.
        carry_out: the carry's signal, if anything reads it.
    """

    select: int
    carry: int
    data: int = 0
    sum: int | None = None
    carry_out: int | None = None


def chains_of(network: LutNetwork) -> list[list[ChainPlace]]:
    """The chains of a network, each from its lowest place, in the order of their last gates.

    Raises:
        NetlistError: a chain starts from a carry that is neither a constant nor a chain's, or
            branches.
    """
    chains: list[list[ChainPlace]] = []
    chain_of: dict[int, list[ChainPlace]] = {}
    previous: ChainPlace | None = None
    for number, lut in enumerate(network.luts, start=network.first_lut):
        if not lut.carry:
            continue
        is_sum = lut.table == CARRY_SUM
        select, carry = (lut.inputs[0], lut.inputs[1]) if is_sum else (lut.inputs[2], lut.inputs[1])
        # A place's sum stands right before its carry out.
        paired = previous is not None and not is_sum and previous.carry_out is None
        if previous is None or not paired or (previous.select, previous.carry) != (select, carry):
            previous = ChainPlace(select, carry)
            _append(previous, chains, chain_of)
        if is_sum:
            previous.sum = number
            continue
        previous.data, previous.carry_out = lut.inputs[0], number
        chain_of[number] = next(chain for chain in reversed(chains) if chain[-1] is previous)
    return chains


def _append(
    place: ChainPlace, chains: list[list[ChainPlace]], chain_of: dict[int, list[ChainPlace]]
) -> None:
    if place.carry < CONSTANTS:
        chains.append([place])
        return
    chain = chain_of.pop(place.carry, None)
    if chain is None:
        raise NetlistError(f"the carry {place.carry} is no chain's, or two places read it")
    chain.append(place)
