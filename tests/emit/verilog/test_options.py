from __future__ import annotations

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import CircuitOptions


@pytest.mark.parametrize(
    ("options", "levels", "ranks"),
    [
        (CircuitOptions(), 3, (1, 2, 3)),
        (CircuitOptions(2), 3, (2, 3)),
        (CircuitOptions(3), 3, (3,)),
        (CircuitOptions(1, register_outputs=False), 3, (1, 2)),
        (CircuitOptions(0), 3, (3,)),
        (CircuitOptions(0, register_outputs=False), 3, ()),
    ],
)
def test_ranks_of_an_argmax_follow_the_options(options, levels, ranks):
    assert options.ranks_in_argmax(levels) == ranks


def test_ends_of_the_network_that_lie_inside_follow_the_pipeline():
    outside = CircuitOptions(2, register_inputs=True, register_outputs=False)
    assert outside.network == outside
    inside = CircuitOptions(
        2, register_inputs=True, register_outputs=False, argmax=True, encoder=True
    )
    # The encoder holds the registers on both of its sides.
    assert inside.network == CircuitOptions(2, register_inputs=False, register_outputs=True)
    assert not CircuitOptions(0, argmax=True).network.register_outputs


def test_words_without_an_encoder_are_refused():
    with pytest.raises(ConfigError, match="to an encoder only"):
        CircuitOptions(words=FixedPoint.uniform(8, (0,), (0,)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lut_depth": -1}, "lut_depth is -1"),
        ({"clock_ps": -1.0}, "clock_ps is -1"),
        ({"latency_ps": float("nan")}, "latency_ps is nan"),
        ({"clock_ps": 800.0, "lut_depth": 2}, "use one of them"),
        ({"primitives": "antifuse"}, "'antifuse'; use inline, generic, xilinx, lattice"),
    ],
)
def test_impossible_luts_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        CircuitOptions(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lut_depth": 3}, "depth=3 counts LUTs.*--mapped"),
        ({"latency_ps": 5000.0}, "a latency of 5 ns is one of LUTs"),
        ({"clock_ps": 1200.0}, "clock=1.2ns times LUTs.*--mapped"),
        ({"primitives": "xilinx"}, "--mapped"),
    ],
)
def test_luts_that_are_asked_for_must_be_there(options, message):
    with pytest.raises(ConfigError, match=message):
        CircuitOptions(**options).refuse_tables()
    CircuitOptions().refuse_tables()


def test_the_network_inside_keeps_depth_and_style():
    options = CircuitOptions(encoder=True, argmax=True, primitives="lattice", lut_depth=2)
    assert (options.network.primitives, options.network.lut_depth) == ("lattice", 2)
