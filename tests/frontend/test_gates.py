"""Gates are joined to tables that compute the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.gates import (
    CONSTANTS,
    GateNetwork,
    build_gates,
    compose,
    row_bits,
    without_ignored,
)
from logicjsc.netlist import NetlistBuilder, evaluate


def looked_up(table, values):
    """A truth table at values of its inputs, the first the lowest bit of the row."""
    row = sum(np.asarray(value, int) << place for place, value in enumerate(values))
    bits = np.array([table >> number & 1 for number in range(1 << len(values))])
    return bits[row]


def random_network(seed, inputs, gates, widest):
    rng = np.random.default_rng(seed)
    network = GateNetwork(inputs)
    for index in range(gates):
        fan_in = int(rng.integers(0, widest + 1))
        sources = rng.integers(0, CONSTANTS + inputs + index, fan_in).tolist()
        table = int.from_bytes(rng.bytes(16), "little") & ((1 << (1 << fan_in)) - 1)
        network.gate(sources, table)
    return network


@settings(max_examples=150)
@given(
    st.integers(0, 2**32),
    st.integers(1, 7),
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(2, 8),
)
def test_joined_gates_compute_what_the_gates_do(seed, inputs, gates, widest, most):
    network = random_network(seed, inputs, gates, widest)
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, CONSTANTS + inputs + gates, 4).tolist()
    builder = NetlistBuilder("gates")
    signals = [builder.input(f"i{index}") for index in range(inputs)]
    netlist = builder.build(build_gates(builder, signals, network, outputs, most=most))
    rows = np.arange(1 << inputs)[:, None] >> np.arange(inputs) & 1
    known = [np.zeros(len(rows), int), np.ones(len(rows), int), *rows.T]
    for sources, table in zip(network.sources, network.tables, strict=True):
        known.append(looked_up(table, [known[source] for source in sources]) + 0 * known[0])
    expected = np.stack([known[output] for output in outputs], axis=1)
    assert (evaluate(netlist, rows) == expected).all()
    assert all(layer.fan_in <= max(most, widest) for layer in netlist.layers)


@given(st.integers(1, 5), st.data())
def test_inputs_that_make_no_difference_go(inputs, data):
    table = data.draw(st.integers(0, (1 << (1 << inputs)) - 1))
    small, kept = without_ignored(table, range(inputs))
    rows = np.arange(1 << inputs)[:, None] >> np.arange(inputs) & 1
    assert (looked_up(small, rows[:, list(kept)].T) == looked_up(table, rows.T)).all()
    for place in range(inputs):
        flipped = rows.copy()
        flipped[:, place] ^= 1
        differs = (looked_up(table, rows.T) != looked_up(table, flipped.T)).any()
        assert differs == (place in kept)


def test_functions_of_functions_are_composed():
    first, second, third = row_bits(3)
    xor, conjunction = 0b0110, 0b1000
    made = compose(xor, [first, compose(conjunction, [second, third], 8)], 8)
    assert [made >> row & 1 for row in range(8)] == [
        (row & 1) ^ ((row >> 1 & 1) & (row >> 2 & 1)) for row in range(8)
    ]


def test_a_chain_is_as_deep_as_its_tables_and_no_deeper_than_allowed():
    def chained(length, readers):
        network = GateNetwork(length + 1)
        last = CONSTANTS
        outputs = []
        for index in range(length):
            last = network.gate((last, CONSTANTS + 1 + index), 0b0110)
            outputs += [last] * readers
        builder = NetlistBuilder("chain")
        signals = [builder.input(f"i{index}") for index in range(length + 1)]
        return builder.build(build_gates(builder, signals, network, [*outputs, last]))

    assert chained(100, 0).depth == 20  # five more inputs per table
    assert chained(100, 1).depth == 100  # each gate is an output
    with pytest.raises(ImportedModelError, match="10,050 tables deep; at most 10,000"):
        chained(10_050, 1)
