"""A small netlist with everything a mapper meets."""

import numpy as np

from logicjsc.netlist import Netlist, SumLayer, TableLayer


def netlist_of(rng: np.random.Generator) -> Netlist:
    """Tables below and above six address bits, a skip, a sum, a dead node, equal nodes."""
    first = TableLayer(
        "first",
        1,
        np.array([[0, 1], [1, 2], [0, 1]]),
        rng.integers(0, 4, (3, 16)) & 3,
        np.full(3, 2),
        np.zeros(3, np.bool_),
    )
    tables = np.array(first.tables)
    tables[2] = tables[0]
    first = TableLayer("first", 1, first.inputs, tables, first.widths, first.signed)
    wide = rng.integers(0, 8, (2, 256))
    second = TableLayer(
        "second",
        2,
        np.array([[3, 4, 5, 2], [5, 4, 0, 1]]),
        wide,
        np.full(2, 3),
        np.ones(2, np.bool_),
    )
    total = SumLayer(
        "total",
        3,
        np.array([[6, 7, 0]]),
        np.array([[0, 1, 0]]),
        np.array([[False, True, False]]),
        np.array([-3]),
        np.array([6]),
        np.array([True]),
    )
    return Netlist(
        "mixed",
        ("a", "b", "c"),
        np.full(3, 2),
        np.array([True, False, False]),
        (first, second, total),
        np.array([8, 7, 1]),
    )


def every_code() -> np.ndarray:
    rows = np.arange(64)
    return np.stack([rows & 3, rows >> 2 & 3, rows >> 4], axis=1)


def wide_netlist():
    """A table of seven address bits behind two of four: three LUTs of six inputs deep.

    Every address is that of some input.
    """
    rng = np.random.default_rng(4)
    onto = np.stack([rng.permutation(16) % 4 for _ in range(2)])
    first = TableLayer("first", 1, [[0, 1], [2, 3]], onto, [2, 2], [False] * 2)
    rows = rng.integers(0, 8, (1, 128))
    second = TableLayer("second", 2, [[5, 6, 4]], rows, [3], [True])
    return Netlist("wide", tuple("abcde"), [2, 2, 2, 2, 3], [False] * 5, (first, second), [7])
