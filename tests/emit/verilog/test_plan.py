from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.random_netlists import netlists

from logicjsc.core.errors import ConfigError
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.emit.verilog.plan import plan_circuit
from logicjsc.netlist import Netlist, TableLayer


@pytest.mark.parametrize(
    ("options", "depth", "ranks"),
    [
        (CircuitOptions(), 5, (1, 2, 3, 4, 5)),
        (CircuitOptions(2), 5, (2, 4, 5)),
        (CircuitOptions(2), 4, (2, 4)),
        (CircuitOptions(2, register_outputs=False), 4, (2,)),
        (CircuitOptions(9, register_inputs=True), 4, (0, 4)),
        (CircuitOptions(0), 4, (4,)),
        (CircuitOptions(0, register_outputs=False), 4, ()),
        (CircuitOptions(1, register_inputs=True), 0, (0, 0)),
    ],
)
def test_ranks_follow_the_options(options, depth, ranks):
    assert options.ranks_after(depth) == ranks


def test_a_negative_pipeline_is_refused():
    with pytest.raises(ConfigError, match="pipeline is -1"):
        CircuitOptions(-1)


def test_signals_are_held_until_their_last_reader():
    one = {"widths": np.array([1]), "signed": np.array([False])}
    layers = (
        TableLayer("first", 1, np.array([[0]]), np.array([[0, 1]]), **one),
        TableLayer("second", 2, np.array([[2]]), np.array([[0, 1]]), **one),
        TableLayer("third", 3, np.array([[3, 1]]), np.array([[0, 1, 1, 0]]), **one),
    )
    widths, signed = np.array([1, 1]), np.zeros(2, bool)
    netlist = Netlist("n", ("a", "b"), widths, signed, layers, np.array([4]))
    plan = plan_circuit(netlist, CircuitOptions(1, register_inputs=True))
    # b waits for the third stage; a and the nodes are dropped behind their readers.
    assert plan.rank_signals == ((0, 1), (1, 2), (1, 3), (4,))
    assert plan.layer_reads == ((0,), (2,), (1, 3))
    assert plan.latency_cycles == 4


@given(netlists(), st.integers(0, 3), st.booleans(), st.booleans())
@settings(deadline=None)
def test_every_value_reaches_its_readers_in_step(netlist, pipeline, inputs, outputs):
    plan = plan_circuit(netlist, CircuitOptions(pipeline, inputs, outputs))

    def present(signal, segment):
        born = plan.segment(int(netlist.stages[signal]))
        return born <= segment and all(
            signal in plan.rank_signals[rank] for rank in range(born, segment)
        )

    for layer, reads in zip(netlist.layers, plan.layer_reads, strict=True):
        assert set(reads) == set(layer.inputs.ravel().tolist())
        assert all(present(signal, plan.segment(layer.stage)) for signal in reads)
    assert all(present(signal, plan.latency_cycles) for signal in netlist.outputs)
