"""Fixed-point numbers on the signals of a network in the making, and sums of them.

A number is a signal, or minus one, times a power of two, or a constant. Powers of two and signs
cost nothing until something needs the bits. Ranges are proven twice, by the ranges of what is added
and by the linear form of what it was made of, so sums get no bits that they never use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from logicjsc.core.errors import NetlistError
from logicjsc.netlist import NetlistBuilder
from logicjsc.netlist.bit_fields import slice_bits
from logicjsc.netlist.builder import bits_for
from logicjsc.netlist.codes import shifted
from logicjsc.netlist.layers import MAX_WIDTH

_LONGEST_FORM: Final = 256
"""Signals in a linear form; a longer one is forgotten."""


@dataclass(frozen=True)
class Number:
    """``code * 2**exponent``.

    Attributes:
        exponent: of the step.
        signal: signal of the code; None of a constant.
        constant: code of a constant.
        negated: whether the code is minus the signal.
    """

    exponent: int
    signal: int | None = None
    constant: int = 0
    negated: bool = False


def fixed(value: int, exponent: int) -> Number:
    """A constant, in the coarsest step that holds it."""
    if not value:
        return Number(0)
    zeros = (value & -value).bit_length() - 1
    return Number(exponent + zeros, constant=value >> zeros)


@dataclass(frozen=True)
class Term:
    """A number in a sum, negated or not, times a power of two."""

    number: Number
    negated: bool = False
    shift: int = 0


@dataclass(frozen=True)
class _Form:
    """A code as a sum of other codes times whole numbers, and a constant."""

    factors: dict[int, int]
    constant: int = 0


@dataclass(frozen=True)
class _Made:
    """What a sum was made of."""

    inputs: tuple[int, ...]
    shifts: tuple[int, ...]
    negated: tuple[bool, ...]
    offset: int


class Numbers:
    """Makes numbers of numbers.

    Args:
        builder: where the network is built.
    """

    def __init__(self, builder: NetlistBuilder) -> None:
        self.builder = builder
        self._forms: dict[int, _Form] = {}
        self._made: dict[int, _Made] = {}

    def range_of(self, number: Number) -> tuple[int, int]:
        """Least and greatest code."""
        if number.signal is None:
            return number.constant, number.constant
        known = self.builder.signal(number.signal)
        return (-known.high, -known.low) if number.negated else (known.low, known.high)

    def of_signal(self, signal: int, exponent: int) -> Number:
        """The number of a signal's code; a constant if it has one code only."""
        known = self.builder.signal(signal)
        if known.low == known.high:
            return fixed(known.low, exponent)
        return Number(exponent, signal)

    def settled(self, number: Number) -> Number:
        """The same number as a signal that is not negated, or a constant."""
        if number.signal is None or not number.negated:
            return number
        made = self.builder.add([number.signal], negated=[True], wraps=True)
        return Number(number.exponent, made)

    def code(self, number: Number, exponent: int) -> Number:
        """The same number in a step that is as fine or finer; settled."""
        left = number.exponent - exponent
        if left < 0:
            raise NetlistError("its step is finer than that of what is done with it")
        whole = self.settled(number)
        if whole.signal is None:
            return replace(whole, exponent=exponent, constant=whole.constant << left)
        if not left:
            return whole
        _refuse_far(left)
        return Number(exponent, self.builder.add([whole.signal], shifts=[left], wraps=True))

    def sum(self, terms: Sequence[Term], constant: Number | None = None) -> Number:
        """A sum, exact.

        Raises:
            NetlistError: it needs more bits than a signal may have.
        """
        plain = [replace(term.number, exponent=term.number.exponent + term.shift) for term in terms]
        if constant is not None:
            plain.append(constant)
        signs = [*(term.negated for term in terms), False]
        signals = [
            (number, negated != number.negated)
            for number, negated in zip(plain, signs, strict=False)
            if number.signal is not None
        ]
        fixed_part = [
            (number, negated)
            for number, negated in zip(plain, signs, strict=False)
            if number.signal is None and number.constant
        ]
        exponents = [number.exponent for number, _ in (*signals, *fixed_part)]
        exponent = min(exponents, default=0)
        offset = sum(
            (-number.constant if negated else number.constant) << (number.exponent - exponent)
            for number, negated in fixed_part
        )
        if not signals:
            return fixed(offset, exponent)
        if len(signals) == 1 and not offset:
            number, negated = signals[0]
            return replace(number, negated=negated)
        inputs = [number.signal for number, _ in signals if number.signal is not None]
        shifts = [number.exponent - exponent for number, _ in signals]
        made = _Made(tuple(inputs), tuple(shifts), tuple(sign for _, sign in signals), offset)
        return self._add(made, exponent)

    def plus_constant(self, number: Number, constant: Number) -> Number:
        """A sum that nothing else reads, and a constant, as one sum."""
        made = None if number.signal is None else self._made.get(number.signal)
        if made is None or number.negated or not constant.constant:
            return self.sum([Term(number)], constant)
        exponent = min(number.exponent, constant.exponent)
        finer = number.exponent - exponent
        more = constant.constant << (constant.exponent - exponent)
        shifts = tuple(shift + finer for shift in made.shifts)
        offset = (made.offset << finer) + more
        return self._add(replace(made, shifts=shifts, offset=offset), exponent)

    def times(self, number: Number, factor: Number) -> Number:
        """A number times a constant, as a sum of its digits of which no two neighbours are set."""
        left, place = factor.constant, 0
        terms = []
        while left:
            if left & 1:
                digit = 2 - (left & 3)
                terms.append(Term(number, digit < 0, place + factor.exponent))
                left -= digit
            left >>= 1
            place += 1
        return self.sum(terms)

    def quantised(self, number: Number, exponent: int, width: int, *, signed: bool) -> Number:
        """A number rounded downwards to a step, modulo two to a width of such steps.

        Args:
            number: the number.
            exponent: of the step.
            width: bits.
            signed: whether the result is two's complement.
        """
        step = max(exponent, number.exponent)
        dropped, width = step - number.exponent, width - (step - exponent)
        if width <= 0:
            return Number(0)
        whole = self.settled(number)
        if whole.signal is None:
            return fixed(_wrapped(whole.constant >> dropped, width, signed=signed), step)
        low, high = (shifted(end, -dropped) for end in self.range_of(whole))
        ends = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
        if ends[0] <= low and high <= ends[1]:
            signed = low < 0
            width = bits_for(low, high, signed=signed)
        part = slice_bits(self.builder, whole.signal, dropped, width, signed=signed)
        return self.of_signal(part, step)

    def _add(self, made: _Made, exponent: int) -> Number:
        _refuse_far(max(made.shifts))
        form = self._form(made)
        within = None
        if form is not None:
            low = high = form.constant
            for signal, factor in form.factors.items():
                known = self.builder.signal(signal)
                ends = factor * known.low, factor * known.high
                low, high = low + min(ends), high + max(ends)
            within = low, high
        signal = self.builder.add(
            made.inputs,
            shifts=made.shifts,
            negated=made.negated,
            offset=made.offset,
            wraps=True,
            within=within,
        )
        self._made.setdefault(signal, made)
        if form is None:
            return self.of_signal(signal, exponent)
        self._forms.setdefault(signal, form)
        return self._without_zeros(self.of_signal(signal, exponent), form)

    def _without_zeros(self, number: Number, form: _Form) -> Number:
        """A sum without the lowest bits that are always 0, as its linear form shows."""
        if number.signal is None:
            return number
        joint = form.constant
        for factor in form.factors.values():
            joint |= factor
        zeros = (joint & -joint).bit_length() - 1
        if zeros <= 0:
            return number
        known = self.builder.signal(number.signal)
        part = slice_bits(
            self.builder, number.signal, zeros, known.width - zeros, signed=known.signed
        )
        scaled = {signal: factor >> zeros for signal, factor in form.factors.items()}
        self._forms.setdefault(part, _Form(scaled, form.constant >> zeros))
        return self.of_signal(part, number.exponent + zeros)

    def _form(self, made: _Made) -> _Form | None:
        """The linear form of a sum; None if it would be long."""
        factors: dict[int, int] = {}
        constant = made.offset
        for source, shift, negated in zip(made.inputs, made.shifts, made.negated, strict=True):
            scale = (-1 if negated else 1) << shift
            form = self._forms.get(source, _Form({source: 1}))
            constant += scale * form.constant
            for signal, factor in form.factors.items():
                factors[signal] = factors.get(signal, 0) + scale * factor
        kept = {signal: factor for signal, factor in factors.items() if factor}
        return _Form(kept, constant) if len(kept) <= _LONGEST_FORM else None


def _wrapped(value: int, width: int, *, signed: bool) -> int:
    half = 1 << width - 1 if signed else 0
    return (value + half & (1 << width) - 1) - half


def _refuse_far(shift: int) -> None:
    if shift >= MAX_WIDTH:
        raise NetlistError(f"it needs more than {MAX_WIDTH} bits")
