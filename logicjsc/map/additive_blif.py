"""A table as a sum, written as logic: one LUT per bit of every label, then a short adder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from logicjsc.map.additive import Additive
from logicjsc.map.blif import multiplexers, node_header
from logicjsc.map.decision_diagram import good_orders, output_columns

Array: TypeAlias = npt.NDArray[Any]

_DIRECT_INPUTS: Final = 11
"""Bits above the fraction, the carry included, up to which the last addition and the clamping
become one table."""

_STARTS: Final = 2
"""Starts of the search for the order of that table's diagram."""

_ZERO: Final = "zero"
_CARRY: Final = "11- 1\n1-1 1\n-11 1\n"
_PARITY: Final = "100 1\n010 1\n001 1\n111 1\n"


def additive_blif(form: Additive, width: int) -> str | None:
    """The logic of a sum, or None if its clamping is too wide to be written as a table.

    Args:
        form: the sum.
        width: output bits.
    """
    return _Writer(form, width).text()


class _Writer:
    """Collects nodes; a word is a list of names, the lowest bit first."""

    def __init__(self, form: Additive, width: int) -> None:
        self._form = form
        self._width = width
        self._bits = sum(len(group) for group in form.groups)
        self._lines = [node_header(range(self._bits), width), f".names {_ZERO}\n"]
        self._names = 0

    def text(self) -> str | None:
        form = self._form
        words = sorted(
            (
                self._labels(group, labels)
                for group, labels in zip(form.groups, form.labels, strict=True)
            ),
            key=len,
        )
        while len(words) > 2:  # noqa: PLR2004 - the last addition is another
            words = sorted([self._add(words[0], words[1]), *words[2:]], key=len)
        left, right = (word + [_ZERO] * (form.fraction - len(word)) for word in words)
        carry = self._carry(left[: form.fraction], right[: form.fraction])
        parts = [left[form.fraction :], right[form.fraction :], [carry]]
        if sum(map(len, parts)) > _DIRECT_INPUTS:
            parts = [self._add(parts[0], parts[1], carry)]
            if not self._clamps():
                return self._wrapped(parts[0])
            if len(parts[0]) > _DIRECT_INPUTS:
                return None
        return self._table(parts)

    def _clamps(self) -> bool:
        """Whether sums leave the range of codes."""
        form = self._form
        largest = sum(int(labels.max()) for labels in form.labels) >> form.fraction
        return form.offset < form.lowest or largest + form.offset > form.highest

    def _labels(self, group: Sequence[int], labels: Array) -> list[str]:
        word = []
        for place in range(int(labels.max()).bit_length()):
            ones = np.flatnonzero((labels >> place) & 1).tolist()
            rows = "".join(f"{row:0{len(group)}b} 1\n" for row in ones)
            word.append(self._node([f"i{bit}" for bit in group], rows) if ones else _ZERO)
        return word

    def _node(self, inputs: Sequence[str], cover: str) -> str:
        name = self._name()
        self._lines.append(f".names {' '.join(inputs)} {name}\n{cover}")
        return name

    def _carry(self, left: Sequence[str], right: Sequence[str]) -> str:
        carry = _ZERO
        for pair in zip(left, right, strict=True):
            carry = self._node((*pair, carry), _CARRY)
        return carry

    def _add(self, left: Sequence[str], right: Sequence[str], carry: str = _ZERO) -> list[str]:
        longest = max(len(left), len(right))
        total = []
        for place in range(longest):
            pair = [word[place] if place < len(word) else _ZERO for word in (left, right)]
            total.append(self._node((*pair, carry), _PARITY))
            carry = self._node((*pair, carry), _CARRY)
        return [*total, carry]

    def _wrapped(self, total: Sequence[str]) -> str:
        """Codes as the lowest bits of the sum and the constant."""
        self._lines.append(".names one\n1\n")
        places = range(self._width)
        constant = ["one" if self._form.offset >> place & 1 else _ZERO for place in places]
        result = self._add(total[: self._width], constant)
        for place in places:
            cover = "0 1\n" if self._form.flip >> place & 1 else "1 1\n"
            self._lines.append(f".names {result[place]} o{place}\n{cover}")
        return self._whole()

    def _table(self, parts: Sequence[Sequence[str]]) -> str:
        """Codes as the decision diagram of some numbers that add up to the sum."""
        form = self._form
        sums = np.zeros(1, np.int64)
        for part in parts:
            sums = np.add.outer(np.arange(1 << len(part)), sums).ravel()
        codes = np.clip(sums + form.offset, form.lowest, form.highest) ^ form.flip
        # The last bit is the highest of the index, where a diagram has its first variable.
        names = [name for part in parts for name in part][::-1]
        columns = output_columns(codes, self._width)
        order = good_orders(columns, np.random.default_rng(0), _STARTS)[0]
        self._lines.append(multiplexers(columns, order, names))
        return self._whole()

    def _whole(self) -> str:
        return "".join([*self._lines, ".end\n"])

    def _name(self) -> str:
        self._names += 1
        return f"w{self._names}"
