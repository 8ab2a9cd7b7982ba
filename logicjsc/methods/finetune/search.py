"""Local search over the contents of tables, exact on a sample of jets.

Each jet reads one row of a table. If several rows of one node change, no jet sees more than one of
the changes, so what a row's change is worth depends on no other row of that node: one pass through
what lies behind the node tries a code for all rows at once, and all rows that gain are changed.

The cost of a jet is its cross-entropy, and a fine on top if its class is wrong. Without the fine
accuracy can fall while the loss does: scores are coarse, a tie of the right class with another
costs little loss, but the class of lower index wins it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc.core.errors import NetlistError
from logicjsc.dataset.metrics import cross_entropies
from logicjsc.methods.finetune.cone import Cone, find_node, with_table
from logicjsc.methods.finetune.proposals import best_codes
from logicjsc.netlist import Decoder, Netlist, TableLayer, evaluate
from logicjsc.netlist.evaluate import evaluate_signals
from logicjsc.netlist.layers import MAX_ADDRESS_BITS, Array
from logicjsc.netlist.passes import live_signals

_CHUNK: Final = 1 << 16
"""Jets whose signals are turned from rows into columns at a time."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Jets as a netlist sees them.

    Attributes:
        codes: input codes, unsigned ``[jets, inputs]``.
        labels: classes, int ``[jets]``.
    """

    codes: Array
    labels: Array


@dataclass(frozen=True)
class Rules:
    """What is looked for.

    Attributes:
        error_weight: fine for a jet of wrong class, in nats.
        least_gain: what the jets of a row must gain together, in nats, for a change of that row.
        address_bits: tables with more address bits are left as they are.
    """

    error_weight: float
    least_gain: float
    address_bits: int = MAX_ADDRESS_BITS


class Search:
    """A netlist whose tables are being changed, and the codes of all its signals.

    Attributes:
        netlist: as it is now.
        costs: of each jet in nats, float64 ``[jets]``.

    Args:
        netlist: a netlist with a decoder.
        sample: jets that judge the changes.
        rules: what is looked for.

    Raises:
        NetlistError: the netlist has no decoder.
    """

    def __init__(self, netlist: Netlist, sample: Sample, rules: Rules) -> None:
        if netlist.decoder is None:
            raise NetlistError(f"netlist {netlist.name!r} has no decoder, so it has no loss")
        self.netlist = netlist
        self._decoder: Decoder = netlist.decoder
        self._labels = sample.labels
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
        # No cost is negative: a row cannot gain more than its jets cost.
        jets = np.flatnonzero(at_stake[rows] > self._rules.least_gain)
        if not jets.size:
            return 0
        cone = Cone.behind(self.netlist, signal)
        sources = self._codes(cone.sources, jets)
        before = self._codes(self.netlist.outputs, jets)
        read = rows[jets]

        def measure(codes: Array) -> Array:
            sources[cone.place] = codes[read]
            after = evaluate(cone.netlist, sources.T).T
            # Most jets get the outputs they had.
            moved = np.flatnonzero(np.logical_or.reduce(after != before))
            change = self._costs(after[:, moved].T, jets[moved]) - self.costs[jets[moved]]
            return np.bincount(read[moved], weights=change, minlength=table.size)

        width, signed = int(layer.widths[node]), bool(layer.signed[node])
        codes, change = best_codes(table, width, measure, signed=signed)
        changed = -change > self._rules.least_gain
        if changed.any():
            self._accept(signal, cone, np.where(changed, codes, table), rows, changed)
        return int(changed.sum())

    def _accept(self, signal: int, cone: Cone, table: Array, rows: Array, changed: Array) -> None:
        self.netlist = with_table(self.netlist, signal, table)
        jets = np.flatnonzero(changed[rows])
        self._signals[signal, jets] = table[rows[jets]]
        if cone.nodes.size:
            sources = self._codes(cone.sources, jets)
            for node, codes in zip(cone.nodes, cone.all_nodes(sources.T).T, strict=True):
                self._signals[node, jets] = codes
        outputs = self._codes(self.netlist.outputs, jets)
        self.costs[jets] = self._costs(outputs.T, jets)

    def _codes(self, signals: Array, jets: Array) -> Array:
        return np.take(self._signals[signals], jets, axis=1)

    def _rows(self, sources: Array) -> Array:
        rows = np.zeros(self._signals.shape[1], np.intp)
        for source in sources:
            rows <<= int(self.netlist.widths[source])
            rows |= self._signals[source]
        return rows

    def _costs(self, outputs: Array, jets: Array | slice) -> Array:
        scores, labels = self._decoder.decode(outputs), self._labels[jets]
        wrong = scores.argmax(axis=1) != labels
        return np.asarray(cross_entropies(scores, labels) + self._rules.error_weight * wrong)


def _columns(netlist: Netlist, codes: Array) -> Array:
    """Codes of every signal ``[signals, jets]``; a signal's codes lie side by side."""
    columns = np.empty((netlist.signals, len(codes)), netlist.code_dtype)
    for start in range(0, len(codes), _CHUNK):
        part = slice(start, start + _CHUNK)
        columns[:, part] = evaluate_signals(netlist, codes[part]).T
    return columns
