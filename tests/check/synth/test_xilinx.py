from __future__ import annotations

import re

import numpy as np
import pytest

from logicjsc.check.synth.parts import layers_of, parts_of, registers_of
from logicjsc.check.synth.programs import Limits, find_yosys
from logicjsc.check.synth.xilinx import synthesise
from logicjsc.check.synth.yosys import counted, workplace
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.netlist import Netlist, TableLayer

LIMITS = Limits(120, 4 << 30)


def measure(circuit, *names, family="xcup"):
    parts = {part.name: part for part in (*parts_of(circuit), *layers_of(circuit))}
    with workplace("0" * 64, "test", LIMITS) as place:
        return [synthesise(find_yosys(), family, parts[name], place) for name in names]


def test_kept_luts_are_the_mappers(mapped_circuit):
    (network,) = measure(mapped_circuit, "network")
    text = (mapped_circuit.directory / "tiny_t.v").read_text()
    written = len(re.findall(r"^  wire t_n\d_\w+ = T", text, re.MULTILINE))
    assert written == mapped_circuit.manifest.lut
    # Yosys may find fewer by itself, but never needs more.
    assert network.lut is not None
    assert network.lut <= written
    assert network.ff == registers_of(parts_of(mapped_circuit)[1])
    assert network.problem is None


def test_luts_of_every_size_are_kept_as_written(tmp_path, table_circuit):
    """Four inverters in a row, which Yosys by itself makes a wire, and one LUT of each size."""
    netlist = table_circuit.netlist
    inputs = int(netlist.widths[:3].sum())
    first = 2 + inputs
    chain = [Lut((2 if number == 0 else first + number - 1,), 1) for number in range(4)]
    sources = [first + 3, *range(2, first)]
    parities = [sum((row.bit_count() % 2) << row for row in range(1 << n)) for n in range(2, 7)]
    sizes = [Lut(tuple(sources[:n]), parities[n - 2]) for n in range(2, 7)]
    outputs = (*range(first + 4, first + 9), *[first + 3] * 4)
    network = LutNetwork(inputs, (*chain, *sizes), outputs)
    circuit = write_circuit(netlist, tmp_path / "c", CircuitOptions(), [network])
    with workplace("0" * 64, "test", LIMITS) as place:
        (part,) = layers_of(circuit)
        found = synthesise(find_yosys(), "xcup", part, place)
        kept = counted(place, "t-kept-0", "t-kept")
    assert kept.cells == {"LUT1": 4, **{f"LUT{size}": 1 for size in range(2, 7)}}
    assert kept.depth == 5
    # Mapped again they are fewer, and that is what counts.
    assert found.lut < 9
    assert found.depth < 5


def test_parts_of_a_table_circuit(table_circuit):
    encoder, wrapper, whole = measure(table_circuit, "encoder", "wrapper", "whole", family="xc7")
    assert encoder.lut > 0
    assert (wrapper.lut, wrapper.ff, wrapper.depth) == (0, 0, 0)
    assert wrapper.latency_cycles is None
    assert whole.lut > encoder.lut
    assert whole.latency_cycles == table_circuit.latency_cycles
    assert sum(whole.cells[f] for f in whole.cells if f.startswith("FD")) == whole.ff


def test_a_table_of_twelve_address_bits_is_read_as_one(tmp_path):
    parity = np.array([[row.bit_count() % 2 for row in range(4096)]])
    layer = TableLayer("wide", 1, np.arange(4)[None], parity, np.array([1]), np.array([False]))
    names, widths = ("a", "b", "c", "d"), np.full(4, 3)
    netlist = Netlist("wide", names, widths, np.zeros(4, bool), (layer,), np.array([4]))
    (figures,) = measure(write_circuit(netlist, tmp_path / "c"), "network")
    # Twelve bits of exclusive or are three LUTs, in a tree or in a chain.
    assert (figures.lut, figures.ff) == (3, 2)
    assert figures.depth in {2, 3}


def test_the_smallest_flow_is_reported(table_circuit, fake_yosys, fake_statistics):
    script = fake_statistics(
        {
            "*-0.json": {"LUT6": 9, "LUT2": 2, "INV": 1, "MUXF7": 50, "FDRE": 3},
            "*-1.json": {"LUT6": 9, "INV": 2, "MUXF7": 40, "FDSE": 3, "FDRE": 1, "$scopeinfo": 8},
            "*": {"LUT6": 13},
        }
    )
    fake_yosys(script)
    (figures,) = measure(table_circuit, "network")
    assert (figures.lut, figures.ff, figures.depth, figures.flow) == (11, 4, 2, "if -a")
    assert figures.cells == {"LUT6": 9, "INV": 2, "MUXF7": 40, "FDSE": 3, "FDRE": 1}


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"LUT6": 1, "RAMB36E2": 2}, r"built 2 RAMB36E2, which hides logic"),
        ({"SRL16E": 4}, "built 4 SRL16E"),
        ({"$shiftx": 3}, r"left 3 cells \$shiftx that are no hardware"),
        ({"LUT6": "many"}, "no usable statistics .*no number"),
        ({"LUT6": -1}, "no usable statistics .*no number"),
        ([], "no usable statistics"),
    ],
)
def test_nonsense_is_no_figure(table_circuit, fake_yosys, fake_statistics, cells, message):
    fake_yosys(fake_statistics({"*": cells}))
    (figures,) = measure(table_circuit, "network")
    assert re.search(message, figures.problem)
    assert (figures.lut, figures.ff, figures.depth) == (None, None, None)


def test_a_yosys_that_prints_and_writes_nothing(table_circuit, fake_yosys, tmp_path):
    fake_yosys("echo all is well")
    (figures,) = measure(table_circuit, "network")
    assert re.fullmatch(
        r"network: Yosys wrote no usable .* see .*/network-mapped\.log\)", figures.problem
    )
    (log,) = tmp_path.glob("cache/logs/*/network-mapped.log")
    assert "all is well" in log.read_text()
