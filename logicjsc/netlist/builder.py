"""Building a netlist node by node, for whoever brings a network of their own.

::

    builder = NetlistBuilder("majority")
    a, b, c = (builder.input(name) for name in "abc")
    total = builder.add([a, b, c])                          # exact, 2 bits wide
    vote = builder.tabulate([total], lambda values: values[:, 0] >= 2, width=1)
    netlist = builder.build([vote])

Signals are numbered as they are made; `NetlistBuilder.build` gives every node the earliest stage at
which its inputs exist, gathers nodes of one stage and shape into layers, and numbers anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.netlist.codec import Decoder, Encoder
from logicjsc.netlist.codes import shifted, values_of
from logicjsc.netlist.ir import Netlist
from logicjsc.netlist.layers import (
    MAX_ADDRESS_BITS,
    MAX_WIDTH,
    Array,
    Layer,
    TableLayer,
    code_dtype,
    sum_layer,
)
from logicjsc.netlist.validate import value_range


@dataclass(frozen=True, eq=False)
class _Table:
    inputs: tuple[int, ...]
    codes: Array


@dataclass(frozen=True)
class _Sum:
    inputs: tuple[int, ...]
    shifts: tuple[int, ...]
    negated: tuple[bool, ...]
    offset: int
    wraps: bool


@dataclass(frozen=True)
class Signal:
    """What is known of a signal.

    Attributes:
        width: bits.
        signed: whether it is two's complement.
        stage: earliest stage at which it exists; inputs are 0.
        low: least value that it can have.
        high: greatest.
    """

    width: int
    signed: bool
    stage: int
    low: int
    high: int


class NetlistBuilder:
    """A netlist in the making.

    Args:
        name: of the netlist.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._input_names: list[str] = []
        self._signals: list[Signal] = []
        self._nodes: dict[int, _Table | _Sum] = {}
        self._known: dict[tuple[object, ...], int] = {}

    def input(self, name: str, width: int = 1, *, signed: bool = False) -> int:
        """Add an input; all inputs come before the first node.

        Returns:
            The number of its signal.

        Raises:
            NetlistError: a node was made before, or the width is none.
        """
        if self._nodes:
            raise NetlistError(f"input {name!r}: all inputs must be made before the first node")
        low, high = _range_of(width, signed, f"input {name!r}")
        self._input_names.append(name)
        self._signals.append(Signal(width, signed, 0, low, high))
        return len(self._signals) - 1

    @property
    def signals(self) -> int:
        """Number of signals so far."""
        return len(self._signals)

    def signal(self, number: int) -> Signal:
        """What is known of a signal.

        Raises:
            NetlistError: there is none of that number.
        """
        if not 0 <= number < len(self._signals):
            raise NetlistError(f"there is no signal {number}")
        return self._signals[number]

    def table(
        self, inputs: Sequence[int], codes: Array, width: int, *, signed: bool = False
    ) -> int:
        """Add a node that looks its output up.

        Args:
            inputs: signals that it reads; the first is the most significant part of the address.
            codes: output bit patterns by address, non-negative integers ``[2**address_bits]``.
            width: bits of the output.
            signed: whether the output is two's complement.

        Returns:
            The number of its signal; that of an equal node if there is one.

        Raises:
            NetlistError: the table has not one row per address, or a code does not fit.
        """
        bits = sum(self.signal(number).width for number in inputs)
        if bits > MAX_ADDRESS_BITS:
            raise NetlistError(
                f"a table of {bits} address bits; a table has at most {MAX_ADDRESS_BITS}"
            )
        given = np.asarray(codes)
        if given.shape != (1 << bits,) or given.dtype.kind not in "biu":
            raise NetlistError(
                f"a table of {bits} address bits needs {1 << bits} integers, got {given.dtype} of "
                f"shape {given.shape}"
            )
        if given.min() < 0 or int(given.max()) >> width:
            raise NetlistError(f"a table holds a code that does not fit its {width} output bits")
        _range_of(width, signed, "a table")
        held = given.astype(code_dtype(width))
        values = values_of(held, width, signed=signed)
        key = ("table", tuple(inputs), held.tobytes(), width, signed)
        made = Signal(width, signed, self._stage(inputs), int(values.min()), int(values.max()))
        return self._add(key, _Table(tuple(inputs), held), made)

    def tabulate(
        self,
        inputs: Sequence[int],
        function: Callable[[Array], Array],
        width: int,
        *,
        signed: bool = False,
    ) -> int:
        """Add a table that holds a function of the inputs' values.

        Args:
            inputs: signals that it reads.
            function: integers ``[rows]`` of the values of the inputs, int64 ``[rows, inputs]``.
            width: bits of the output.
            signed: whether the output is two's complement.

        Returns:
            The number of its signal.

        Raises:
            NetlistError: there are too many address bits, or a value does not fit the output.
        """
        values = np.asarray(function(self.addresses(inputs)))
        if values.dtype.kind == "b":
            values = values.astype(np.int64)
        low, high = _range_of(width, signed, "a table")
        if values.dtype.kind not in "iu" or values.min() < low or values.max() > high:
            raise NetlistError(f"a table of {width} bits must hold integers from {low} to {high}")
        codes = values.astype(np.int64) & ((1 << width) - 1)
        return self.table(inputs, codes, width, signed=signed)

    def addresses(self, inputs: Sequence[int]) -> Array:
        """Values of the inputs of a table by address, int64 ``[rows, inputs]``.

        Raises:
            NetlistError: there are too many address bits.
        """
        signals = [self.signal(number) for number in inputs]
        bits = sum(entry.width for entry in signals)
        if bits > MAX_ADDRESS_BITS:
            raise NetlistError(
                f"a table of {bits} address bits; a table has at most {MAX_ADDRESS_BITS}"
            )
        rows = np.arange(1 << bits, dtype=np.int64)
        columns = np.empty((rows.size, len(signals)), np.int64)
        for place in reversed(range(len(signals))):
            width = signals[place].width
            columns[:, place] = values_of(
                rows & ((1 << width) - 1), width, signed=signals[place].signed
            )
            rows >>= width
        return columns

    def constant(self, value: int, width: int, *, signed: bool = False) -> int:
        """Add a constant.

        Raises:
            NetlistError: it does not fit the width.
        """
        return self.tabulate((), lambda rows: np.full(len(rows), value), width, signed=signed)

    def add(
        self,
        inputs: Sequence[int],
        *,
        shifts: Sequence[int] = (),
        negated: Sequence[bool] = (),
        offset: int = 0,
        width: int = 0,
        signed: bool | None = None,
        wraps: bool = False,
        within: tuple[int, int] | None = None,
    ) -> int:
        """Add a node that adds exactly: ``offset + sum(+-(value << shift))``.

        Args:
            inputs: signals that it reads, at least one.
            shifts: left shift of each; below 0 its lowest bits are dropped. By default none is
                shifted.
            negated: whether each is subtracted; by default none is.
            offset: constant.
            width: bits of the output; by default those that the sum needs.
            signed: whether the output is two's complement; by default, if the sum can be negative.
            wraps: whether a sum that does not fit the width wraps around. Without a width it then
                gets the narrowest that holds what occurs, as far as `Signal` knows it, and never
                does.
            within: least and greatest sum, if the caller has proven them; for sums that wrap.

        Returns:
            The number of its signal; that of an equal node if there is one.

        Raises:
            NetlistError: numbers of inputs, shifts and signs differ, or the sum does not fit.
        """
        moved = tuple(shifts) or (0,) * len(inputs)
        minus = tuple(negated) or (False,) * len(inputs)
        if not len(inputs) == len(moved) == len(minus) or not inputs:
            raise NetlistError("a sum needs inputs, and a shift and a sign for each of them")
        signals = [self.signal(number) for number in inputs]
        if any(-shift >= known.width for shift, known in zip(moved, signals, strict=True)):
            raise NetlistError("a sum drops all bits of an input")
        # By width, not by occurring values, as a netlist's own rule has it.
        ends = [_range_of(known.width, known.signed, "an input") for known in signals]
        low, high = _sum_range(offset, ends, moved, minus)
        occurs = _sum_range(offset, [(s.low, s.high) for s in signals], moved, minus)
        if within is not None:
            occurs = max(occurs[0], within[0]), min(occurs[1], within[1])
        least, most = occurs if wraps else (low, high)
        is_signed = least < 0 if signed is None else signed
        bits = width or bits_for(least, most, signed=is_signed)
        fits = _range_of(bits, is_signed, "a sum")
        wrapping = low < fits[0] or high > fits[1]
        if wrapping and not wraps:
            raise NetlistError(
                f"a sum of {low} to {high} does not fit {bits} "
                f"{'signed' if is_signed else 'unsigned'} bits"
            )
        if occurs[0] < fits[0] or occurs[1] > fits[1]:
            occurs = fits
        made = Signal(bits, is_signed, self._stage(inputs), *occurs)
        if wrapping:
            offset %= 1 << bits
        node = _Sum(tuple(inputs), moved, minus, offset, wrapping)
        return self._add(("sum", node, made.width, is_signed), node, made)

    def build(
        self,
        outputs: Sequence[int],
        *,
        encoder: Encoder | None = None,
        decoder: Decoder | None = None,
        provenance: Mapping[str, str] | None = None,
    ) -> Netlist:
        """The netlist; nodes that reach no output stay out.

        Args:
            outputs: signals of the network's outputs.
            encoder: turns raw features into input codes.
            decoder: turns output codes into scores and a decision.
            provenance: where the netlist comes from.

        Raises:
            NetlistError: a rule of netlists is broken; see `Netlist`.
        """
        live = self._live(outputs)
        groups: dict[tuple[int, bool, int, int], list[int]] = {}
        for number in live:
            node, stage = self._nodes[number], self._signals[number].stage
            is_table = isinstance(node, _Table)
            rows = node.codes.size if isinstance(node, _Table) else 0
            key = (stage, is_table, rows.bit_length() - 1, len(node.inputs))
            groups.setdefault(key, []).append(number)
        keys = sorted(groups)
        inputs = len(self._input_names)
        order = [number for key in keys for number in groups[key]]
        renumbered = np.full(len(self._signals), -1, np.int64)
        renumbered[:inputs] = np.arange(inputs)
        renumbered[order] = inputs + np.arange(len(order))
        ends = self._signals[:inputs]
        return Netlist(
            name=self.name,
            input_names=tuple(self._input_names),
            input_widths=np.array([entry.width for entry in ends], np.uint8),
            input_signed=np.array([entry.signed for entry in ends], np.bool_),
            layers=tuple(self._layer(key, groups[key], renumbered) for key in keys),
            outputs=renumbered[np.array(outputs, np.int64)],
            encoder=encoder,
            decoder=decoder,
            provenance=dict(provenance or {}),
        )

    def _add(self, key: tuple[object, ...], node: _Table | _Sum, made: Signal) -> int:
        if key not in self._known:
            self._known[key] = len(self._signals)
            self._nodes[len(self._signals)] = node
            self._signals.append(made)
        return self._known[key]

    def _stage(self, inputs: Sequence[int]) -> int:
        return 1 + max((self.signal(number).stage for number in inputs), default=0)

    def _live(self, outputs: Sequence[int]) -> list[int]:
        """Nodes that reach an output, in the order in which they were made."""
        for number in outputs:
            self.signal(number)
        waiting, seen = list(outputs), set(outputs)
        while waiting:
            node = self._nodes.get(waiting.pop())
            fresh = set(node.inputs) - seen if node is not None else set()
            seen |= fresh
            waiting += fresh
        return sorted(seen & self._nodes.keys())

    def _layer(
        self, key: tuple[int, bool, int, int], numbers: list[int], renumbered: Array
    ) -> Layer:
        stage, is_table, address_bits, fan_in = key
        nodes = [self._nodes[number] for number in numbers]
        inputs = renumbered[np.array([node.inputs for node in nodes], np.int64)]
        inputs = inputs.reshape(len(nodes), fan_in)
        widths = np.array([self._signals[number].width for number in numbers], np.uint8)
        signed = np.array([self._signals[number].signed for number in numbers], np.bool_)
        if is_table:
            tables = np.stack([node.codes for node in nodes if isinstance(node, _Table)])
            name = f"stage{stage}_a{address_bits}k{fan_in}"
            return TableLayer(name, stage, inputs, tables, widths, signed)
        sums = [node for node in nodes if isinstance(node, _Sum)]
        return sum_layer(
            f"stage{stage}_sum{fan_in}", stage, inputs, sums, widths=widths, signed=signed
        )


def bits_for(low: int, high: int, *, signed: bool) -> int:
    """Bits that hold all integers from ``low`` to ``high``, 1 at least."""
    needed = max(max(high, 0).bit_length(), (-low - 1).bit_length() if low < 0 else 0)
    return max(needed + signed, 1)


def _sum_range(
    offset: int,
    ends: Sequence[tuple[int, int]],
    shifts: Sequence[int],
    negated: Sequence[bool],
) -> tuple[int, int]:
    """Least and greatest sum of terms between ends."""
    low = high = offset
    for (least, most), shift, subtracted in zip(ends, shifts, negated, strict=True):
        first, last = shifted(least, shift), shifted(most, shift)
        low += -last if subtracted else first
        high += -first if subtracted else last
    return low, high


def _range_of(width: int, signed: bool, what: str) -> tuple[int, int]:  # noqa: FBT001 - a fact
    """Least and greatest value of a signal.

    Raises:
        NetlistError: the width is none.
    """
    if not 1 <= width <= MAX_WIDTH:
        raise NetlistError(f"{what} is {width} bits wide; 1 to {MAX_WIDTH} are possible")
    low, high = value_range(np.array(width), np.array(signed))
    return int(low), int(high)
