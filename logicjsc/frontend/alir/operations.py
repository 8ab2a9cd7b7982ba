"""The operations of a program as nodes of a network, one after the other, each exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from logicjsc.core.errors import ImportedModelError, NetlistError
from logicjsc.core.progress import OnProgress
from logicjsc.frontend.alir.bit_logic import (
    all_bits,
    any_bit,
    bitwise,
    chosen,
    highest_bit,
    inverted,
    rectified,
)
from logicjsc.frontend.alir.numbers import Number, Numbers, Term, fixed
from logicjsc.frontend.alir.program import ANY, NOT, Format, Kind, Operation, Program
from logicjsc.frontend.alir.sizes import check_nodes
from logicjsc.frontend.alir.tables import looked_up, product

_EXACT: Final[frozenset[Kind]] = frozenset({"sum", "choice", "product", "bitwise"})
"""Kinds whose results are not rounded, so their step must be as fine as what they are made of."""


def build_operations(
    program: Program, inputs: Mapping[int, Number], numbers: Numbers, on_progress: OnProgress
) -> list[Number]:
    """The numbers of all operations.

    Args:
        program: the program.
        inputs: number of each input that is read.
        numbers: where the network is built.
        on_progress: told of finished operations.

    Raises:
        ImportedModelError: an operation needs more bits than a network has, or means different
            things to different programs; one sentence names it.
    """
    worker = _Worker(program, inputs, numbers)
    total = len(program.operations)
    for place in range(total):
        if place % 1000 == 0:
            on_progress(place, total, "operations")
            # Sizes were told by the formats that the program states, which may be wrong.
            check_nodes(numbers.builder.signals)
        try:
            worker.add(place)
        except NetlistError as error:
            kind = program.operations[place].kind
            raise ImportedModelError(
                f"operation {place} ({kind}): {error}; quantise what it reads to fewer bits"
            ) from error
    on_progress(total, total, "operations")
    return worker.found


class _Worker:
    def __init__(self, program: Program, inputs: Mapping[int, Number], numbers: Numbers) -> None:
        self.program = program
        self.inputs = inputs
        self.numbers = numbers
        self.found: list[Number] = []
        self._readers = Counter(
            source for operation in program.operations for source in operation.sources
        ) + Counter(output.source for output in program.outputs)
        self._makers: Mapping[Kind, Callable[[Operation, Sequence[Number]], Number]] = {
            "input": lambda operation, _: self.inputs[operation.number],
            "constant": lambda operation, _: fixed(*operation.constant),
            "sum": self._sum,
            "relu": lambda operation, read: rectified(self.numbers, read[0], operation.format),
            "quantise": lambda operation, read: self._quantised(read[0], operation.format),
            "choice": self._choice,
            "product": lambda _, read: product(self.numbers, read[0], read[1]),
            "table": self._table,
            "bits": self._bits,
            "bitwise": lambda operation, read: bitwise(
                self.numbers, read[0], read[1], operation.number
            ),
        }

    def add(self, place: int) -> None:
        operation = self.program.operations[place]
        read = [
            _moved(self.found[source], negated=negated, shift=shift)
            for source, negated, shift in zip(
                operation.sources,
                operation.negated or (False,) * len(operation.sources),
                operation.shifts or (0,) * len(operation.sources),
                strict=True,
            )
        ]
        made = self._makers[operation.kind](operation, read)
        if operation.kind in _EXACT:
            _check_step(operation.format, made)
        if operation.kind == "choice" and operation.wraps:
            made = self._quantised(made, operation.format)
        self.found.append(made)

    def _format(self, operation: Operation, source: int) -> Format:
        return self.program.operations[operation.sources[source]].format

    def _sum(self, operation: Operation, read: Sequence[Number]) -> Number:
        constant = fixed(*operation.constant)
        if len(read) == 1 and self._readers[operation.sources[0]] == 1:
            return self.numbers.plus_constant(read[0], constant)
        return self.numbers.sum([Term(number) for number in read], constant)

    def _quantised(self, number: Number, form: Format) -> Number:
        return self.numbers.quantised(number, form.exponent, form.width, signed=form.signed)

    def _choice(self, operation: Operation, read: Sequence[Number]) -> Number:
        when_one, when_zero, key = read
        select = highest_bit(self.numbers, key, self._format(operation, 2))
        return chosen(self.numbers, select, when_one, when_zero)

    def _table(self, operation: Operation, read: Sequence[Number]) -> Number:
        table = self.program.tables[operation.number]
        return looked_up(self.numbers, read[0], table, self._format(operation, 0))

    def _bits(self, operation: Operation, read: Sequence[Number]) -> Number:
        form = self._format(operation, 0)
        if operation.number == ANY:
            return any_bit(self.numbers, read[0])
        if any(operation.negated):
            raise NetlistError("it inverts or compares the bits of a number that is negated first")
        if operation.number != NOT:
            return all_bits(self.numbers, read[0], form)
        if (max(form.width, 1), form.signed) != (operation.format.width, operation.format.signed):
            raise NetlistError("it inverts the bits of a number into another number of bits")
        return inverted(self.numbers, read[0], form, operation.format.exponent)


def _check_step(form: Format, made: Number) -> None:
    """Refuse results that interpreters of the format round in different ways.

    Raises:
        NetlistError: their step is finer than the program states.
    """
    if made.exponent < form.exponent and form.low != form.high:
        raise NetlistError(
            f"its step is said to be 2**{form.exponent}, and its results have steps of "
            f"2**{made.exponent}"
        )


def _moved(number: Number, *, negated: bool, shift: int) -> Number:
    if number.signal is None:
        return fixed(-number.constant if negated else number.constant, number.exponent + shift)
    return Number(number.exponent + shift, number.signal, 0, number.negated != negated)
