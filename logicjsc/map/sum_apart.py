"""A sum some of whose tables are taken apart: more terms, and LUTs in front of its chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from logicjsc.map.bit_functions import wire
from logicjsc.map.chain_splits import SplitTable
from logicjsc.map.lut_network import CONSTANTS, Lut, LutNetwork
from logicjsc.map.sums import SumNode, Term
from logicjsc.map.table_split import prove_split


class SumApart:
    """Gathers the terms of a sum; rests of tables are signals behind all others.

    Attributes:
        functions: the bits of each term, the lowest first.
        proven: whether every table is the sum of what it was taken apart to.

    Args:
        inputs: signals there are, beside the constants.
    """

    def __init__(self, inputs: int) -> None:
        self._first = CONSTANTS + inputs
        self._terms: list[Term] = []
        self._offset = 0
        self._rests: dict[int, tuple[int, LutNetwork, Sequence[int]]] = {}
        self._made = 0
        self.functions: list[list[Lut]] = []
        self.proven = True

    @property
    def inputs(self) -> int:
        """Signals there are, the bits of rests among them."""
        return self._first - CONSTANTS + self._made

    def add_term(self, term: Term, functions: list[Lut]) -> None:
        """A term as it is."""
        self._terms.append(term)
        self.functions.append(functions)

    def add_split(self, signal: int, term: Term, table: SplitTable, address: Sequence[int]) -> None:
        """A term that is a table, taken apart.

        Args:
            signal: the table.
            term: how it is added.
            table: what it becomes.
            address: signals of its address, the highest bit first.
        """
        split = table.split
        self.proven &= prove_split(split, table.values, table.rest)
        self._offset += (-split.base if term.negated else split.base) << term.shift
        for part in split.parts:
            self.add_term(
                Term(part.width, False, term.shift, term.negated), part.functions(address)
            )
        if signal not in self._rests:
            self._rests[signal] = self._first + self._made, table.rest, address
            self._made += split.rest_width
        first = self._rests[signal][0]
        for bit in range(split.rest_width):
            added = Term(1, False, term.shift + bit, term.negated != split.negated)
            self.add_term(added, [wire(first + bit)])

    def node(self, whole: SumNode) -> SumNode:
        """The sum of all terms."""
        return replace(whole, terms=tuple(self._terms), offset=whole.offset + self._offset)

    def joined(self, chains: LutNetwork) -> LutNetwork:
        """Chains that read the bits of rests, with the LUTs of those in front."""
        if not self._made:
            return chains
        renamed = list(range(self._first))
        luts: list[Lut] = []

        def append(network: LutNetwork, names: list[int]) -> None:
            for lut in network.luts:
                luts.append(lut.renamed(names))
                names.append(self._first + len(luts) - 1)

        for _, rest, address in self._rests.values():
            names = [0, 1, *reversed(address)]
            append(rest, names)
            renamed += [names[output] for output in rest.outputs]
        append(chains, renamed)
        outputs = tuple(renamed[output] for output in chains.outputs)
        return LutNetwork(self._first - CONSTANTS, tuple(luts), outputs, chains.unbuilt)
