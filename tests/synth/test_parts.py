from __future__ import annotations

import re
from dataclasses import replace

import pytest
from reference.random_netlists import random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.errors import CircuitError
from logicjsc.rtl import load_circuit, write_circuit
from logicjsc.synth.parts import layers_of, parts_of, registers_of


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
