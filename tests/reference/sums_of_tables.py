"""Small netlists whose sums are added on carry chains without any search for LUTs."""

from __future__ import annotations

import numpy as np

from logicjsc.netlist import NetlistBuilder


def sums_of_tables(seed=0, terms=4, sums=3):
    """Tables of five bits, added, and the sums added once more."""
    rng = np.random.default_rng(seed)
    builder = NetlistBuilder("sums")
    inputs = [builder.input(f"x{number}", 5) for number in range(terms)]
    totals = [
        builder.add([builder.table([one], rng.integers(0, 16, 32), 4) for one in inputs])
        for _ in range(sums)
    ]
    return builder.build([builder.add(totals), totals[0]])
