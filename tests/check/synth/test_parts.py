from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from reference.naive_luts import naive_luts
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.check.synth.parts import layers_of, parts_of, registers_of
from logicjsc.core.errors import CircuitError
from logicjsc.emit.verilog import CircuitOptions, load_circuit, write_circuit
from logicjsc.netlist import Netlist, TableLayer
from logicjsc.netlist.passes import drop_dead_nodes


def test_blocks_wrapper_and_whole(table_circuit):
    parts = {part.name: part for part in parts_of(table_circuit)}
    assert list(parts) == ["encoder", "network", "argmax", "wrapper", "whole"]
    assert parts["wrapper"].module == parts["whole"].module == "tiny"
    assert parts["wrapper"].leave_out == ("tiny_encoder", "tiny_network", "tiny_argmax")
    assert parts["encoder"].files.keys() == {"tiny_encoder.v", "pipeline_register.v"}
    assert parts["whole"].latency_cycles == table_circuit.latency_cycles
    cycles = [parts[name].latency_cycles for name in ("encoder", "network", "argmax")]
    assert sum(cycles) == table_circuit.latency_cycles
    assert [port.name for port in parts["argmax"].ports] == [
        *("clk", "rst", "in_valid", "in_codes", "out_valid", "out_class")
    ]


def test_a_network_alone_is_the_only_part(tmp_path):
    (part,) = parts_of(write_circuit(tiny_netlist(), tmp_path / "circuit"))
    assert (part.name, part.module, part.mapped) == ("network", "tiny", False)


def test_registers_are_data_and_valid_bits(table_circuit):
    # Three codes of three bits behind the only layer, and the valid bit.
    assert registers_of(parts_of(table_circuit)[1]) == 10


@pytest.mark.parametrize("seed", range(5))
def test_layers_are_those_of_the_netlist_without_dead_nodes(seed, tmp_path):
    circuit = write_circuit(random_netlist(seed), tmp_path / "circuit")
    layers = layers_of(circuit)
    for layer in layers:
        ((name, text),) = layer.files.items()
        assert name == f"{layer.module}.v"
        assert f"module {layer.module} (".encode() in text
        # As the network's own comments pair stages and layers.
        said = re.search(rf"^  {layer.module} ", circuit.top_file.read_text(), re.MULTILINE)
        assert said is not None
        assert layer.module.endswith(re.sub(r"\W", "_", layer.name))


def test_a_circuit_that_lost_its_text_is_refused(table_circuit, tmp_path):
    circuit = replace(load_circuit(table_circuit.directory), directory=tmp_path)
    with pytest.raises(CircuitError, match=r"tiny\.v cannot be read"):
        parts_of(circuit)


def deep_circuit(folder, options):
    """A table of twelve address bits as multiplexers, twelve LUTs deep, and one of one LUT."""
    rng = np.random.default_rng(1)
    first = TableLayer("first", 1, [[0, 1, 2, 3]], rng.integers(0, 2, (1, 4096)), [1], [False])
    second = TableLayer("second", 2, [[4, 0]], rng.integers(0, 4, (1, 16)), [2], [False])
    layers = (first, second)
    netlist = Netlist("deep", tuple("abcd"), [3] * 4, [False] * 4, layers, [5])
    return write_circuit(netlist, folder / "circuit", options, naive_luts(netlist, 1))


@pytest.mark.parametrize("primitives", ["inline", "generic"])
@pytest.mark.parametrize("depth", [1, 2, 99])
def test_a_circuit_cut_by_depth_has_segments_under_their_own_names(tmp_path, depth, primitives):
    circuit = deep_circuit(tmp_path, CircuitOptions(lut_depth=depth, primitives=primitives))
    segments = layers_of(circuit)
    # Ten and more: they are counted, not sorted by name.
    assert len(segments) == circuit.latency_cycles
    assert (len(segments) >= 10) == (depth == 1)
    for number, segment in enumerate(segments, start=1):
        assert segment.name == f"segment{number}"
        text = segment.files[f"{segment.module}.v"].decode()
        assert f"Segment {number} of {len(segments)} (" in text
        assert segment.is_layer
        assert set(segment.files) <= {f"{segment.module}.v", "lut_cell.v"}


def test_layers_of_generic_cells_bring_the_cell_along(tmp_path):
    circuit = deep_circuit(tmp_path, CircuitOptions(primitives="generic"))
    layers, live = layers_of(circuit), drop_dead_nodes(circuit.netlist)
    assert [layer.name for layer in layers] == [layer.name for layer in live.layers]
    assert any("lut_cell.v" in layer.files for layer in layers)


def test_a_mapped_layer_of_wires_is_not_measured(tmp_path):
    one = {"widths": [1], "signed": [False]}
    layers = tuple(
        TableLayer(name, stage, [[stage]], [table], **one)
        for stage, (name, table) in enumerate([("wires", [0, 1]), ("µ*/", [1, 0])], start=1)
    )
    netlist = Netlist("n", ("a", "b"), [1, 1], [False] * 2, layers, [3])
    options = CircuitOptions(register_inputs=True)
    (layer,) = layers_of(write_circuit(netlist, tmp_path / "c", options, naive_luts(netlist)))
    assert layer.name == "µ*/"
    tables = write_circuit(netlist, tmp_path / "t", options)
    assert [layer.name for layer in layers_of(tables)] == ["wires", "µ*/"]


def test_nothing_but_wires_has_no_segment_to_measure(tmp_path):
    netlist = replace(tiny_netlist(), outputs=[0, 1, 2], decoder=None)
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(lut_depth=1), [])
    with pytest.raises(CircuitError, match="has no logic, so no segment can be measured"):
        layers_of(circuit)
