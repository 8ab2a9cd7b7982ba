"""A tiny netlist with both ends, for tests that read the Verilog of each."""

from __future__ import annotations

import numpy as np

from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer


def tiny_netlist():
    """A feature read twice, one on a grid, and one that only a dead input reads."""
    encoder = Encoder(
        ("p", "q", "r"),
        np.array([0, 0, 1, 2]),
        np.array([[-1.0, 0.0, 1.5], [0.0, np.inf, np.inf], [4, 8, 12], [1, 2, 3]]),
        np.array([[2, 3, 0, 1], [1, 0, 0, 0], [0, 1, 2, 3], [0, 1, 2, 3]]),
        words=FixedPoint.uniform(4, (-1, 0, 0), (-8, 0, 0)),
    )
    layer = TableLayer(
        "t",
        1,
        np.array([[0, 1, 2], [2, 1, 0], [2, 0, 1]]),
        np.arange(96).reshape(3, 32) % 8,
        np.array([3, 3, 3]),
        np.array([True, True, True]),
    )
    decoder = Decoder(("g", "q", "t"), np.array([0.0, 1, 2, 3, -4, -3, -2, -1]), signed=True)
    return Netlist(
        "tiny",
        ("fine", "sign", "grid", "dead"),
        np.array([2, 1, 2, 2]),
        np.array([True, False, False, False]),
        (layer,),
        np.array([4, 5, 6]),
        encoder,
        decoder,
    )


def text_of(circuit, name):
    """A module's text behind its first three lines: version, subject and digest."""
    return "\n".join((circuit.directory / name).read_text().split("\n")[3:])
