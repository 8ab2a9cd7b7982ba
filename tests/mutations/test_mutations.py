"""Changes of emitted circuits: whatever changes what a circuit does is found.

``make mutations`` tries a thousand.
"""

from __future__ import annotations

import numpy as np
import pytest
from mutations.circuits import CLASSES, STYLES, netlist_of, write_circuits
from mutations.judgement import (
    EQUIVALENT,
    FUNCTION,
    KINDS,
    READING,
    REGISTERS,
    SURVIVOR,
    TEXT,
    YOSYS,
    difference,
    every_vector,
    expected,
    tried,
)
from mutations.named import NAMED

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.netlist import evaluate_signals

RANDOM = dict.fromkeys(KINDS, 4) | {"enabled": 2, "packets": 2}
"""Of each kind, besides the named ones; none of those that are made of parts of the others."""


@pytest.fixture(scope="module")
def place(tmp_path_factory, cache):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mutated")
        patch.setenv("LOGICJSC_CACHE", str(cache))
        yield folder


@pytest.fixture(scope="module")
def circuits(place):
    return write_circuits(place)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_no_change_of_behaviour_survives(circuits, place, kind):
    outcomes = [tried(kind, n, circuits, place) for n in range(len(NAMED[kind]) + RANDOM[kind])]
    assert [outcome for outcome in outcomes if outcome.stage == SURVIVOR] == []
    # The proof alone must find most: what it lets pass is simulated, which takes longer.
    found = sum(
        outcome.stage in {READING, YOSYS, TEXT, REGISTERS, FUNCTION} for outcome in outcomes
    )
    assert found > 0.7 * len(outcomes)


@pytest.mark.parametrize("kind", STYLES)
def test_unchanged_circuits_are_proven_and_do_what_they_should(circuits, place, kind):
    assert prove_circuit(circuits[kind]).problems == ()
    assert difference(build_simulator(circuits[kind])) == ""


def test_little_is_without_effect():
    netlist = netlist_of("tables")
    codes = np.stack(np.meshgrid(*[np.arange(8)] * 3), -1).reshape(-1, 3)
    signals = evaluate_signals(netlist, codes)
    classes = netlist.decoder.classify(signals[:, netlist.outputs])
    assert np.bincount(classes, minlength=CLASSES).min() > 0.1 * len(codes)
    for layer in netlist.layers:
        width = netlist.widths[layer.inputs[0]][-1]
        rows = signals[:, layer.inputs[:, 0]] << width | signals[:, layer.inputs[:, 1]]
        for node in range(layer.nodes):
            assert len(np.unique(rows[:, node])) == layer.tables.shape[1]


def test_a_circuit_that_does_something_else_would_be_seen(circuits, place, monkeypatch):
    """Survivors are told from equivalent changes by what they do, not by the proof."""
    simulator = build_simulator(circuits["tables"])
    vectors = every_vector(simulator)
    assert len(vectors) == len(np.unique(vectors, axis=0)) == 1 << 12
    assert expected(simulator.circuit, vectors).max() == CLASSES - 1
    monkeypatch.setattr(
        "mutations.judgement.expected", lambda circuit, given: expected(circuit, given) ^ 1
    )
    assert "4096 of 4096 inputs" in difference(simulator)
    # A flipped table, were it not for the proof.
    monkeypatch.undo()
    nothing = type("Proof", (), {"problems": ()})
    monkeypatch.setattr("mutations.judgement.prove_circuit", lambda _: nothing)
    stages = {tried("mapped", number, circuits, place).stage for number in (1, 2)}
    assert stages == {SURVIVOR}


def test_changes_repeat(circuits, place):
    for number in (0, len(NAMED["carry"])):
        first, second = (tried("carry", number, circuits, place) for _ in range(2))
        assert first == second
        assert first.stage != EQUIVALENT
