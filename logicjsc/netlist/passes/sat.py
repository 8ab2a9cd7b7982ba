"""A SAT solver's word on whether a table can see an address.

Every signal has one Boolean variable per possible code. A table contributes one clause per row, a
sum nothing: its result then counts as free, so the solver may call an address possible that is not
(its witness is simulated before it is believed), but never the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Self

import numpy as np

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.netlist.layers import Array
from logicjsc.netlist.passes.graph import Graph, TableNode
from logicjsc.netlist.passes.possible import Variable

_MOST_CODES: Final = 256
"""A signal of more codes is left out of the formula, and counts as free."""


@dataclass(frozen=True)
class Answer:
    """What the solver found about an address.

    Attributes:
        core: positions of the node's inputs whose codes already exclude each other, if the address
            is unreachable.
        witness: input codes that lead there, if it may be reachable.
    """

    core: tuple[int, ...] | None = None
    witness: Array | None = None


class Oracle:
    """A formula of the network, grown stage by stage.

    Args:
        graph: a graph whose care masks are restricted to possible codes.
        codes: possible codes of each signal.
        variables: the choices behind the inputs.
        conflicts: effort per question.

    Raises:
        ToolNotFoundError: python-sat is not installed.
    """

    def __init__(
        self,
        graph: Graph,
        codes: dict[int, Array | None],
        variables: tuple[Variable, ...],
        conflicts: int,
    ) -> None:
        self._graph = graph
        self._codes = codes
        self._variables = variables
        self._conflicts = conflicts
        self._solver: Any = _new_solver()
        self._last = 0
        self._literals: dict[int, dict[int, int]] = {}
        self._choices = [self._add_variable(variable) for variable in variables]
        self._pending = list(graph.nodes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._solver.delete()

    def ask(self, node: TableNode, address: tuple[int, ...]) -> Answer:
        """Whether the inputs of a node can have these codes together.

        Returns:
            A core, a witness, or neither if the effort did not suffice.
        """
        self._grow(node.stage)
        assumed: dict[int, int] = {}
        for position, (source, code) in enumerate(zip(node.inputs, address, strict=True)):
            literals = self._literals.get(source)
            if literals is not None and code in literals:
                assumed.setdefault(literals[code], position)
        self._solver.conf_budget(self._conflicts)
        verdict = self._solver.solve_limited(assumptions=list(assumed))
        if verdict is None:
            return Answer()
        if verdict:
            return Answer(witness=self._witness())
        core = self._solver.get_core() or []
        self._solver.add_clause([-literal for literal in core])
        return Answer(core=tuple(sorted(assumed[literal] for literal in core)))

    def _witness(self) -> Array:
        model = set(self._solver.get_model())
        vector = np.zeros(self._graph.netlist.inputs, np.uint32)
        for variable, choice in zip(self._variables, self._choices, strict=True):
            value = next((index for index, literal in enumerate(choice) if literal in model), 0)
            if variable.codes is not None:
                vector[list(variable.inputs)] = variable.codes[value]
        return vector

    def _add_variable(self, variable: Variable) -> list[int]:
        if variable.codes is None or len(variable.codes) > _MOST_CODES:
            return []
        choice = self._exactly_one(len(variable.codes))
        for position, signal in enumerate(variable.inputs):
            column = variable.codes[:, position]
            literals = self._add_signal(signal, np.unique(column))
            for value, code in zip(choice, column, strict=True):
                self._solver.add_clause([-value, literals[int(code)]])
        return choice

    def _add_signal(self, signal: int, codes: Array) -> dict[int, int]:
        literals = dict(zip(codes.tolist(), self._exactly_one(codes.size), strict=True))
        self._literals[signal] = literals
        return literals

    def _exactly_one(self, count: int) -> list[int]:
        literals = list(range(self._last + 1, self._last + 1 + count))
        self._last += count
        self._solver.add_clause(literals)
        for one, other in combinations(literals, 2):
            self._solver.add_clause([-one, -other])
        return literals

    def _grow(self, stage: int) -> None:
        """Add the nodes before a stage; later ones would only slow the solver down."""
        while self._pending and self._graph.nodes[self._pending[0]].stage < stage:
            signal = self._pending.pop(0)
            node, codes = self._graph.nodes[signal], self._codes[signal]
            if codes is None or codes.size > _MOST_CODES:
                continue
            literals = self._add_signal(signal, codes)
            if isinstance(node, TableNode) and all(s in self._literals for s in node.inputs):
                self._add_table(node, literals)

    def _add_table(self, node: TableNode, literals: dict[int, int]) -> None:
        if not node.inputs:
            self._solver.add_clause([literals[int(node.table)]])
            return
        lookups = [
            _lookup(self._literals[source], node.care.shape[axis])
            for axis, source in enumerate(node.inputs)
        ]
        outputs = _lookup(literals, 1 << node.width)
        rows, others = np.nonzero(node.care), np.nonzero(~node.care)
        sources = [-lookup[row] for lookup, row in zip(lookups, rows, strict=True)]
        self._add_clauses([*sources, outputs[node.table[rows]]])
        # Rows known to be unreachable; those with codes that have no literal need no clause.
        self._add_clauses([-lookup[row] for lookup, row in zip(lookups, others, strict=True)])

    def _add_clauses(self, columns: list[Array]) -> None:
        clauses = np.stack(columns, axis=1)
        possible = clauses[(clauses != 0).all(axis=1)]
        self._solver.append_formula(possible.tolist(), no_return=True)


def _lookup(literals: dict[int, int], codes: int) -> Array:
    table = np.zeros(codes, np.int64)
    table[list(literals)] = list(literals.values())
    return table


def _new_solver() -> Any:  # noqa: ANN401 - a class without type information
    try:
        from pysat.solvers import Glucose4
    except ImportError as error:
        raise ToolNotFoundError(
            "high effort needs a SAT solver; install it with pip install 'logicjsc[sat]'"
        ) from error
    return Glucose4()
