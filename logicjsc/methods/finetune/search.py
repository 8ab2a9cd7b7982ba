"""Local search over the contents of tables, exact on the samples given.

Each sample reads one row of a table. If several rows of one node change, no sample sees more than
one of the changes, so the gain of a row's change depends on no other row of that node: one pass
through what lies behind the node tries a code for all rows at once, and all rows that gain change.

The cost of a sample is its loss, and a penalty if the decision is wrong. Without the penalty
accuracy can fall while the loss does: scores are coarse, a tie of the right class with another
costs little loss, but the class of lower index wins it. Losses of values are measured in their
variance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.metrics import losses
from logicjsc.dataset.schema import Target
from logicjsc.methods.finetune.cone import Cone, find_node, with_table
from logicjsc.methods.finetune.proposals import best_codes
from logicjsc.netlist import Decoder, Netlist, TableLayer, evaluate
from logicjsc.netlist.evaluate import evaluate_signals
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, Array
from logicjsc.netlist.passes import live_signals

_CHUNK: Final = 1 << 16
"""Samples whose signals are turned from rows into columns at a time."""


@dataclass(frozen=True, eq=False)
class CodedSamples:
    """Samples as a netlist sees them.

    Attributes:
        codes: input codes, unsigned ``[samples, inputs]``.
        targets: what they should be, as `Samples.targets`.
        target: what that is.
        variance: of values; 1 of other targets.
    """

    codes: Array
    targets: Array
    target: Target
    variance: float = 1.0


@dataclass(frozen=True)
class Rules:
    """What is looked for.

    Attributes:
        error_weight: fine for a sample that is decided wrongly, in nats.
        least_gain: what the samples of a row must gain together, in nats, for a change of that row.
        address_bits: tables with more address bits are left as they are.
    """

    error_weight: float
    least_gain: float
    address_bits: int = MAX_ADDRESS_BITS


class Search:
    """A netlist whose tables are being changed, and the codes of all its signals.

    Attributes:
        netlist: as it is now.
        costs: of each sample in nats, float64 ``[samples]``.

    Args:
        netlist: a netlist with a decoder.
        sample: samples that judge the changes.
        rules: what is looked for.

    Raises:
        NetlistError: the netlist has no decoder.
    """

    def __init__(self, netlist: Netlist, sample: CodedSamples, rules: Rules) -> None:
        if netlist.decoder is None:
            raise NetlistError(f"netlist {netlist.name!r} has no decoder, so it has no loss")
        self.netlist = netlist
        self._decoder: Decoder = netlist.decoder
        self._sample = sample
        self._rules = rules
        self._signals = _columns(netlist, sample.codes)
        self.costs = self._costs(self._signals[netlist.outputs].T, slice(None))

    def tables(self) -> list[int]:
        """Signals of the tables that may change and reach an output, inputs first."""
        live = live_signals(self.netlist)
        return [
            first + node
            for first, layer in zip(self.netlist.first_signals, self.netlist.layers, strict=True)
            if isinstance(layer, TableLayer) and layer.address_bits <= self._rules.address_bits
            for node in range(layer.nodes)
            if live[first + node]
        ]

    def sweep(self, on_node: Callable[[int], None] = lambda _: None) -> int:
        """Improve every table once; the number of entries changed."""
        changed = 0
        for done, signal in enumerate(self.tables(), 1):
            changed += self.improve(signal)
            on_node(done)
        return changed

    def improve(self, signal: int) -> int:
        """Change the rows of one table that gain enough; their number."""
        number, node = find_node(self.netlist, signal)
        layer = self.netlist.layers[number]
        if not isinstance(layer, TableLayer):
            raise TypeError(f"{self.netlist.node_name(signal)} is no table")
        rows = self._rows(layer.inputs[node])
        table = layer.tables[node]
        at_stake = np.bincount(rows, weights=self.costs, minlength=table.size)
        # No cost is negative: a row cannot gain more than its samples cost.
        samples = np.flatnonzero(at_stake[rows] > self._rules.least_gain)
        if not samples.size:
            return 0
        cone = Cone.behind(self.netlist, signal)
        sources = self._codes(cone.sources, samples)
        before = self._codes(self.netlist.outputs, samples)
        read = rows[samples]

        def measure(codes: Array) -> Array:
            sources[cone.place] = codes[read]
            after = evaluate(cone.netlist, sources.T).T
            # Most samples get the outputs they had.
            moved = np.flatnonzero(np.logical_or.reduce(after != before))
            change = self._costs(after[:, moved].T, samples[moved]) - self.costs[samples[moved]]
            return np.bincount(read[moved], weights=change, minlength=table.size)

        width, signed = int(layer.widths[node]), bool(layer.signed[node])
        codes, change = best_codes(table, width, measure, signed=signed)
        changed = -change > self._rules.least_gain
        if changed.any():
            self._accept(signal, cone, np.where(changed, codes, table), rows, changed)
        return int(changed.sum())

    def _accept(self, signal: int, cone: Cone, table: Array, rows: Array, changed: Array) -> None:
        self.netlist = with_table(self.netlist, signal, table)
        samples = np.flatnonzero(changed[rows])
        self._signals[signal, samples] = table[rows[samples]]
        if cone.nodes.size:
            sources = self._codes(cone.sources, samples)
            for node, codes in zip(cone.nodes, cone.all_nodes(sources.T).T, strict=True):
                self._signals[node, samples] = codes
        outputs = self._codes(self.netlist.outputs, samples)
        self.costs[samples] = self._costs(outputs.T, samples)

    def _codes(self, signals: Array, samples: Array) -> Array:
        return np.take(self._signals[signals], samples, axis=1)

    def _rows(self, sources: Array) -> Array:
        rows = np.zeros(self._signals.shape[1], np.intp)
        for source in sources:
            rows <<= int(self.netlist.widths[source])
            rows |= self._signals[source]
        return rows

    def _costs(self, outputs: Array, samples: Array | slice) -> Array:
        scores, wanted = self._decoder.decode(outputs), self._sample.targets[samples]
        cost = losses(scores, wanted, self._sample.target) / self._sample.variance
        if self._sample.target.kind == "value":
            return cost
        wrong = self._decoder.decide(scores) != wanted
        if wrong.ndim > 1:
            wrong = wrong.mean(axis=1)
        return np.asarray(cost + self._rules.error_weight * wrong)


def _columns(netlist: Netlist, codes: Array) -> Array:
    """Codes of every signal ``[signals, samples]``; a signal's codes lie side by side."""
    columns = np.empty((netlist.signals, len(codes)), netlist.code_dtype)
    for start in range(0, len(codes), _CHUNK):
        part = slice(start, start + _CHUNK)
        columns[:, part] = evaluate_signals(netlist, codes[part]).T
    return columns
