from dataclasses import replace

import numpy as np
import pytest
from reference.random_netlists import random_netlist
from reference.small_points import sample_netlist

from logicjsc.check.synth.mapper import depth_between_registers
from logicjsc.core.errors import ToolNotFoundError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.explore.zoo import measure as measure_module
from logicjsc.explore.zoo.mapping import ACROSS, BY_NODE, CHAINS, find_luts
from logicjsc.explore.zoo.measure import Measuring, measure, solve
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import evaluate

WORDS = FixedPoint.uniform(4, (0,) * 16, (0,) * 16)
LOW = Measuring("low", jobs=1)


def silent(_step):
    pass


@pytest.fixture(autouse=True)
def shared_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture
def no_yosys(monkeypatch):
    monkeypatch.setenv("LOGICJSC_YOSYS", "/nowhere/yosys")


def test_the_smaller_way_is_kept_and_both_decide_alike():
    netlist = random_netlist(7, stages=3)
    by_node = find_luts(netlist, effort="low", across=False, jobs=1)
    found = find_luts(netlist, effort="low", jobs=1)
    assert by_node.way == BY_NODE
    assert (found.way == ACROSS) == (found.mapped.luts < 0.99 * by_node.mapped.luts)
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    codes = np.random.default_rng(0).integers(0, limits, (500, netlist.inputs))
    for entry in (by_node, found):
        np.testing.assert_array_equal(entry.mapped.evaluate(codes), evaluate(netlist, codes))


def test_sums_are_put_on_carry_chains_where_that_saves(tmp_path):
    netlist = random_netlist(3, stages=3)
    found = find_luts(netlist, effort="low", jobs=1)
    assert found.way == CHAINS
    assert found.mapped.luts < map_netlist(netlist, effort="low", jobs=1).luts
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    codes = np.random.default_rng(0).integers(0, limits, (500, netlist.inputs))
    np.testing.assert_array_equal(found.mapped.evaluate(codes), evaluate(netlist, codes))
    assert found.area(found.write(tmp_path / "circuit")).way == CHAINS


def test_registers_across_nodes_are_no_more_than_behind_layers(tmp_path):
    netlist = random_netlist(7, stages=3)
    by_node = find_luts(netlist, effort="low", across=False, jobs=1)
    layered = by_node.area(by_node.write(tmp_path / "a"))
    assert layered.latency_cycles == 3
    ranks = by_node.options().ranks_after(netlist.depth)
    assert layered.path == depth_between_registers(by_node.mapped, ranks)
    across = replace(by_node, way=ACROSS)
    cut = across.area(across.write(tmp_path / "b"))
    assert cut.latency_cycles <= 3
    assert cut.path <= -(-cut.depth // cut.latency_cycles)


def test_figures_without_yosys_say_what_is_missing(no_yosys):
    figures = measure(sample_netlist(), WORDS, LOW, silent)
    assert figures.core.lut > 0
    assert figures.encoded.lut > 0
    assert figures.decision is None
    assert figures.whole is None
    assert "what decides is not measured" in figures.notes[0]
    with pytest.raises(ToolNotFoundError):
        measure(sample_netlist(), WORDS, replace(LOW, yosys=True), silent)


def test_networks_without_words_or_decoder_have_fewer_figures(no_yosys):
    bare = solve(random_netlist(4, name="bare", stages=1), None, LOW, silent)
    assert bare.encoded is None
    assert "has no formats of words" in bare.figures.notes[0]
    wide = solve(sample_netlist(), FixedPoint.uniform(17, (0,) * 16, (0,) * 16), LOW, silent)
    assert wide.encoded is None
    assert "too wide for tables" in wide.figures.notes[0]


def test_figures_are_measured_once(no_yosys, monkeypatch):
    first = measure(sample_netlist(), WORDS, LOW, silent)
    monkeypatch.setattr(measure_module, "find_luts", None)
    assert measure(sample_netlist(), WORDS, LOW, silent) == first
    for netlist, words, how in (
        (sample_netlist(1), WORDS, LOW),
        (sample_netlist(), FixedPoint.uniform(5, (0,) * 16, (0,) * 16), LOW),
        (sample_netlist(), WORDS, replace(LOW, across=False)),
    ):
        with pytest.raises(TypeError):
            measure(netlist, words, how, silent)
