"""A table as a sum, written as logic: one LUT per bit of every label, then a short adder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.additive import Additive
from logicjsc.map.blif import multiplexers
from logicjsc.map.decision_diagram import good_orders, output_columns
from logicjsc.map.logic_text import ONE, ZERO, LogicText
from logicjsc.map.lut_network import CONSTANTS, LUT_INPUTS, Lut, LutNetwork

Array: TypeAlias = npt.NDArray[Any]

_DIRECT_INPUTS: Final = 11
"""Bits above the fraction, the carry included, up to which the last addition and the clamping
become one table."""

_STARTS: Final = 1
"""Starts of the search for the order of that table's diagram."""


@dataclass(frozen=True)
class Core:
    """The logic of a sum behind the labels of its groups of six bits, each bit of which is a LUT.

    Attributes:
        text: BLIF; inputs are the address bits ``i<k>``, 0 the highest, and behind them the labels'
            bits.
        labels: a LUT for each of those, whose inputs are numbers of address bits.
        bits: address bits.
    """

    text: str
    labels: tuple[Lut, ...]
    bits: int

    @property
    def inputs(self) -> int:
        """Inputs of the text."""
        return self.bits + len(self.labels)

    def with_labels(self, network: LutNetwork) -> LutNetwork:
        """The whole sum, from LUTs of the text; inputs are the address bits alone."""
        luts = [Lut(tuple(CONSTANTS + bit for bit in lut.inputs), lut.table) for lut in self.labels]
        # Inputs behind the address bits have the numbers that the labels' LUTs get.
        luts += network.luts
        return LutNetwork(self.bits, tuple(luts), network.outputs).cone(network.outputs)


def additive_blif(form: Additive, width: int) -> str | None:
    """The logic of a sum, or None if its clamping is too wide to be written as a table.

    Args:
        form: the sum.
        width: output bits.
    """
    logic = LogicText(sum(len(group) for group in form.groups), width)
    pairs = zip(form.groups, form.labels, strict=True)
    words = [_labels(logic, group, labels) for group, labels in pairs]
    return _text(logic, form, width, words)


def additive_core(form: Additive, width: int) -> Core | None:
    """The logic of a sum without the labels that take a LUT per bit whatever is done about them.

    Nothing is shared between random functions of six inputs, so a mapper that does not see them has
    far less to look at.

    Args:
        form: the sum.
        width: output bits.

    Returns:
        None if clamping is too wide to be written as a table.
    """
    bits = sum(len(group) for group in form.groups)
    luts: list[Lut] = []
    named: list[list[str] | None] = []
    for group, labels in zip(form.groups, form.labels, strict=True):
        word = None
        if len(group) == LUT_INPUTS:
            word = []
            for place in range(int(labels.max()).bit_length()):
                table = sum(1 << row for row in np.flatnonzero(labels >> place & 1).tolist())
                word.append(f"i{bits + len(luts)}" if table else ZERO)
                if table:
                    luts.append(Lut(tuple(reversed(group)), table))
        named.append(word)
    logic = LogicText(bits + len(luts), width)
    words = [
        _labels(logic, group, labels) if word is None else word
        for word, group, labels in zip(named, form.groups, form.labels, strict=True)
    ]
    text = _text(logic, form, width, words)
    return None if text is None else Core(text, tuple(luts), bits)


def _text(logic: LogicText, form: Additive, width: int, words: Iterable[list[str]]) -> str | None:
    """The addition of labels, and what is made of the sum."""
    words = sorted(words, key=len)
    while len(words) > 2:  # noqa: PLR2004 - the last addition is another
        words = sorted([logic.add(words[0], words[1]), *words[2:]], key=len)
    left, right = (word + [ZERO] * (form.fraction - len(word)) for word in words)
    carry = logic.carry(left[: form.fraction], right[: form.fraction])
    parts = [left[form.fraction :], right[form.fraction :], [carry]]
    if sum(map(len, parts)) > _DIRECT_INPUTS:
        total = logic.add(parts[0], parts[1], carry)
        if not _clamps(form):
            return logic.text(_wrapped(logic, form, width, total))
        if len(total) > _DIRECT_INPUTS:
            return None
        parts = [total]
    logic.append(_table(form, width, parts))
    return logic.text()


def _labels(logic: LogicText, group: Sequence[int], labels: Array) -> list[str]:
    """The word of a label: each bit a function of the group's bits."""
    word = []
    for place in range(int(labels.max()).bit_length()):
        ones = np.flatnonzero((labels >> place) & 1).tolist()
        rows = "".join(f"{row:0{len(group)}b} 1\n" for row in ones)
        word.append(logic.node([f"i{bit}" for bit in group], rows) if ones else ZERO)
    return word


def _clamps(form: Additive) -> bool:
    """Whether sums leave the range of codes."""
    largest = sum(int(labels.max()) for labels in form.labels) >> form.fraction
    return form.offset < form.lowest or largest + form.offset > form.highest


def _wrapped(logic: LogicText, form: Additive, width: int, total: Sequence[str]) -> list[str]:
    """Codes as the lowest bits of the sum and the constant."""
    constant = [ONE if form.offset >> place & 1 else ZERO for place in range(width)]
    result = logic.add(total[:width], constant)[:width]
    return [
        logic.invert(bit) if form.flip >> place & 1 else bit for place, bit in enumerate(result)
    ]


def _table(form: Additive, width: int, parts: Sequence[Sequence[str]]) -> str:
    """Codes as the decision diagram of some numbers that add up to the sum."""
    sums = np.zeros(1, np.int64)
    for part in parts:
        sums = np.add.outer(np.arange(1 << len(part)), sums).ravel()
    codes = np.clip(sums + form.offset, form.lowest, form.highest) ^ form.flip
    # The last bit is the highest of the index, where a diagram has its first variable.
    names = [name for part in parts for name in part][::-1]
    columns = output_columns(codes, width)
    order = good_orders(columns, np.random.default_rng(0), _STARTS)[0]
    return multiplexers(columns, order, names)
