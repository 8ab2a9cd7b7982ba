"""Timing of whole mapped netlists: the same functions, the registers of the circuit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from reference.additive_netlists import additive_netlist
from reference.random_netlists import random_netlist

from logicjsc.check.synth.mapper import depth_between_registers
from logicjsc.check.timing import timed_network, timing_of
from logicjsc.emit.verilog import CircuitOptions, write_circuit
from logicjsc.map.lut_network import pack_words, unpack_words
from logicjsc.map.mapper import map_netlist
from logicjsc.map.timing.delays import load_delays

WAYS = [
    CircuitOptions(),
    CircuitOptions(0),
    CircuitOptions(2, register_inputs=True),
    CircuitOptions(1, register_outputs=False),
    CircuitOptions(lut_depth=2),
    CircuitOptions(clock_ps=1100.0),
]


@pytest.fixture(scope="module")
def of_luts(tmp_path_factory):
    """Makes mapped random netlists, each once."""
    folder = tmp_path_factory.mktemp("luts")

    @cache
    def make(seed):
        netlist = random_netlist(seed, stages=3)
        return map_netlist(netlist, effort="low", jobs=1, cache=folder)

    return make


@pytest.fixture(scope="module")
def chained(tmp_path_factory):
    netlist = additive_netlist(
        np.random.default_rng(1), inputs=4, hidden=4, first_edges=20, second_edges=10
    )
    return map_netlist(
        netlist, effort="low", adders="carry", jobs=1, cache=tmp_path_factory.mktemp("luts")
    )


def bits(codes, widths):
    planes = [
        codes[:, column] >> bit & 1
        for column, width in enumerate(widths.tolist())
        for bit in range(width)
    ]
    return np.array(planes)


def assert_same_functions(mapped, options):
    rng = np.random.default_rng(3)
    netlist = mapped.netlist
    limits = 1 << netlist.input_widths.astype(int)
    codes = rng.integers(0, limits, (200, netlist.inputs))
    timed = timed_network(mapped, options)
    found = unpack_words(
        timed.view.network.evaluate(pack_words(bits(codes, netlist.input_widths))), 200
    )
    assert (found == bits(mapped.evaluate(codes), netlist.widths[netlist.outputs])).all()
    assert len(timed.view.names) == timed.view.network.first_lut + len(timed.view.network.luts)


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_timed_computes_what_was_mapped(of_luts, seed, options):
    assert_same_functions(of_luts(seed), options)


@pytest.mark.parametrize("options", WAYS)
def test_chains_that_are_timed_compute_what_was_mapped(chained, options):
    assert timed_network(chained, options).view.network.has_chains
    assert_same_functions(chained, options)


@pytest.mark.parametrize("options", WAYS)
def test_registers_are_those_of_the_circuit(of_luts, options, tmp_path):
    mapped = of_luts(1)
    luts = [layer.network for layer in mapped.layers]
    circuit = write_circuit(mapped.netlist, tmp_path / "circuit", options, luts)
    timed = timed_network(mapped, options)
    report = timing_of(mapped, load_delays(), options)
    assert timed.ranks == circuit.latency_cycles
    # The circuit counts a valid bit per rank as well.
    assert report.ff + timed.ranks == circuit.manifest.ff
    assert report.pipelined.cycles == timed.ranks + (not options.register_outputs)
    assert report.lut == mapped.luts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("pipeline", [0, 1, 2])
def test_no_path_has_more_luts_than_the_depth(of_luts, seed, pipeline):
    mapped = of_luts(seed)
    options = CircuitOptions(pipeline)
    report = timing_of(mapped, load_delays(), options)
    most = depth_between_registers(mapped, options.ranks_after(mapped.netlist.depth))
    assert sum(step.cell.startswith("LUT") for step in report.pipelined.path) <= most
    assert sum(step.cell.startswith("LUT") for step in report.single.path) <= mapped.depth


def test_figures_belong_together(of_luts):
    report = timing_of(of_luts(0), load_delays())
    for timing in (report.pipelined, report.single):
        period_ns = timing.path[-1].arrival_ps / 1000
        assert timing.fmax_mhz == pytest.approx(1000 / period_ns, rel=1e-3)
        assert timing.latency_ns == pytest.approx(timing.cycles * period_ns, rel=1e-3)
        assert timing.area_delay == pytest.approx(report.lut * timing.latency_ns)
        assert timing.path[0].cell == "register"
    assert report.pipelined.fmax_mhz >= report.single.fmax_mhz
    assert "% in the median" in report.to_dict()["note"]


def test_nets_are_named_as_in_the_verilog(of_luts, tmp_path):
    mapped = of_luts(2)
    luts = [layer.network for layer in mapped.layers]
    circuit = write_circuit(mapped.netlist, tmp_path / "circuit", luts=luts)
    text = "".join(file.read_text() for file in circuit.verilog_files)
    for step in timing_of(mapped, load_delays()).single.path:
        assert step.net in text
