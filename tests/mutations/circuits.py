"""What is changed: small circuits of six kinds, in which as little as possible is without effect.

Every class wins somewhere, every row of every table is read, and all inputs can be tried.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from reference.additive_netlists import additive_netlist

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import Circuit, CircuitOptions
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer

CLASSES, WORD_BITS = 5, 4

_ENDS = {"argmax": True, "encoder": True}
_REGROUPED = {"beats": 3, "batch": 2, "reset": "asynchronous"}
_STAGES = {"input_stages": 1, "output_stages": 1, "prefix": "my_"}
_SEED = 21

STYLES: dict[str, tuple[CircuitOptions, Mapping | None]] = {
    "tables": (CircuitOptions(**_ENDS, pipeline=2), None),
    "mapped": (CircuitOptions(**_ENDS, primitives="generic", lut_depth=2), Mapping("low", "lut")),
    "carry": (CircuitOptions(primitives="xilinx", adders="carry"), Mapping("low", "carry")),
    "stream": (CircuitOptions(**_ENDS, axi_stream=True), None),
    "enabled": (CircuitOptions(**_ENDS, **_REGROUPED, clock_enable=True, **_STAGES), None),
    "packets": (
        CircuitOptions(**_ENDS, **_REGROUPED, axi_stream=True, tlast=True, tuser=3),
        None,
    ),
}
"""How each kind of circuit is written."""


def write_circuits(folder: Path) -> dict[str, Circuit]:
    """A circuit of each kind, in a folder of its name."""
    return {
        kind: export_verilog(netlist_of(kind), folder / kind, options, mapping=mapping)
        for kind, (options, mapping) in STYLES.items()
    }


@cache
def netlist_of(kind: str) -> Netlist:
    """What a kind of circuit stands for."""
    if kind == "carry":
        sizes = {"inputs": 3, "hidden": 4, "first_edges": 8, "second_edges": 6, "classes": 3}
        return additive_netlist(np.random.default_rng(0), input_bits=5, **sizes)
    return deciding_netlist(_SEED)


def deciding_netlist(seed: int) -> Netlist:
    """Three words of four bits to three codes, two stages of tables, and five scores."""
    rng = np.random.default_rng(seed)
    inner = TableLayer(
        "inner",
        1,
        [[0, 1], [1, 2], [2, 0], [1, 0]],
        rng.integers(0, 4, (4, 64)),
        [2] * 4,
        [False] * 4,
    )
    outer = TableLayer(
        "outer",
        2,
        [[3, 4], [6, 5], [4, 6], [5, 3], [4, 5]],
        rng.integers(0, 8, (CLASSES, 16)),
        [3] * CLASSES,
        [True] * CLASSES,
    )
    words = FixedPoint.uniform(WORD_BITS, (-1, 2, 0), (-8, 0, -8))
    starts = np.sort([1 + rng.permutation(15)[:7] for _ in range(3)], axis=1)
    encoder = Encoder(
        ("x", "y", "z"),
        [0, 1, 2],
        (starts + np.array(words.lows)[:, None]) * words.steps()[:, None],
        [rng.permutation(8) for _ in range(3)],
        words=words,
    )
    scores = np.roll(np.cumsum(rng.uniform(0.1, 1, 8)).astype(np.float32), 4)
    names = tuple(f"class {index}" for index in range(CLASSES))
    return Netlist(
        "deciding",
        ("a", "b", "c"),
        [3] * 3,
        [True, False, False],
        (inner, outer),
        np.arange(7, 7 + CLASSES),
        encoder,
        Decoder(names, scores, signed=True),
    )
