from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from reference.tiny_ends import tiny_netlist

from logicjsc.core.errors import CircuitError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit

EVERYTHING = {"argmax": True, "encoder": True, "axi_stream": True}


@pytest.mark.parametrize(
    ("options", "blocks", "latency"),
    [
        (CircuitOptions(), [1], 1),
        (CircuitOptions(axi_stream=True), [1], 2),
        (CircuitOptions(encoder=True), [1, 1], 2),
        (CircuitOptions(register_inputs=True, encoder=True), [2, 1], 3),
        (CircuitOptions(argmax=True), [1, 1], 2),
        (CircuitOptions(2, argmax=True), [1, 1], 2),
        (CircuitOptions(register_outputs=False, argmax=True), [1, 0], 1),
        (CircuitOptions(**EVERYTHING), [1, 1, 1], 4),
        (CircuitOptions(0, **EVERYTHING), [0, 0, 1], 2),
        (CircuitOptions(0, register_outputs=False, **EVERYTHING), [0, 0, 0], 1),
    ],
)
def test_latency_is_the_number_of_ranks(tmp_path, options, blocks, latency):
    # Its scores share their bits, so an argmax is one level.
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", options)
    assert [block.latency_cycles for block in circuit.manifest.blocks] == blocks
    assert circuit.latency_cycles == latency
    assert f"LATENCY_CYCLES = {latency};" in circuit.top_file.read_text()
    # Every rank is an instance whose width stands in the text, and holds a valid bit.
    ranks = re.findall(
        r"WIDTH\((\d+)\)\n  \) (?!buffer)", "".join(p.read_text() for p in circuit.verilog_files)
    )
    assert circuit.manifest.ff == sum(int(width) + 1 for width in ranks)
    assert circuit.manifest.ff == sum(block.ff for block in circuit.manifest.blocks)
    names = {path.stem for path in circuit.verilog_files}
    assert ("pipeline_register" in names) == any(blocks)
    assert ("axi_stream_buffer" in names) == options.axi_stream
    assert load_circuit(circuit.directory).manifest == circuit.manifest


def test_names_of_blocks_do_not_clash_with_those_of_layers(tmp_path):
    netlist = tiny_netlist()
    layers = (replace(netlist.layers[0], name="network"),)
    netlist = replace(netlist, name="axi stream buffer", layers=layers)
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(**EVERYTHING))
    names = [path.name for path in circuit.verilog_files]
    assert len({name.lower() for name in names}) == len(names) == 8
    assert circuit.top == "axi_stream_buffer_2"


def test_formats_in_the_options_survive_loading(tmp_path):
    words = FixedPoint.uniform(6, (-2, -3, 0), (-32, 0, 0))
    options = CircuitOptions(encoder=True, words=words)
    circuit = write_circuit(tiny_netlist(), tmp_path / "c", options)
    assert load_circuit(tmp_path / "c").manifest.options == options
    assert [place.width for place in circuit.manifest.features] == [6, 6, 6]


@pytest.mark.parametrize("entry", ["blocks", "features", "data_in", "target", "options", "lut"])
def test_a_manifest_without_an_entry_is_refused(tmp_path, entry):
    write_circuit(tiny_netlist(), tmp_path / "c")
    path = tmp_path / "c" / "manifest.json"
    entries = json.loads(path.read_text())
    del entries[entry]
    path.write_text(json.dumps(entries))
    with pytest.raises(CircuitError, match=f"the manifest is damaged .*{entry}"):
        load_circuit(tmp_path / "c")


@pytest.mark.parametrize(
    "options",
    [
        {"words": {"bits": 8}},
        {"words": {"bits": 8, "exponents": [0.5], "lows": [0]}},
        {"words": {"bits": 8, "exponents": [0], "lows": [0]}, "encoder": False},
        {"pipeline": -1},
        {"lut_depth": -1},
        {"primitives": "antifuse"},
    ],
)
def test_options_that_no_circuit_has_are_refused(tmp_path, options):
    write_circuit(tiny_netlist(), tmp_path / "c")
    path = tmp_path / "c" / "manifest.json"
    entries = json.loads(path.read_text())
    entries["options"] |= options
    path.write_text(json.dumps(entries))
    with pytest.raises(CircuitError, match="options that no circuit has"):
        load_circuit(tmp_path / "c")
