"""Ranks and parts of a network, against a naive account of who reads what where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.additive_netlists import additive_netlist
from reference.naive_luts import naive_luts
from reference.random_netlists import netlists

from logicjsc.core.errors import ConfigError
from logicjsc.emit.verilog import CircuitOptions
from logicjsc.emit.verilog.flatten import flatten
from logicjsc.emit.verilog.plan import plan_network
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import Netlist, TableLayer
from logicjsc.netlist.passes import drop_dead_nodes


@pytest.mark.parametrize(
    ("options", "depth", "ranks"),
    [
        (CircuitOptions(), 5, (1, 2, 3, 4, 5)),
        (CircuitOptions(2), 5, (2, 4, 5)),
        (CircuitOptions(2), 4, (2, 4)),
        (CircuitOptions(2, register_outputs=False), 4, (2,)),
        (CircuitOptions(9, register_inputs=True), 4, (0, 4)),
        (CircuitOptions(0), 4, (4,)),
        (CircuitOptions(0, register_outputs=False), 4, ()),
        (CircuitOptions(1, register_inputs=True), 0, (0, 0)),
    ],
)
def test_ranks_follow_the_options(options, depth, ranks):
    assert options.ranks_after(depth) == ranks


def test_a_negative_pipeline_is_refused():
    with pytest.raises(ConfigError, match="pipeline is -1"):
        CircuitOptions(-1)


def three_stages():
    """``b`` is read by the third stage, ``a`` by the first."""
    one = {"widths": np.array([1]), "signed": np.array([False])}
    layers = (
        TableLayer("first", 1, np.array([[0]]), np.array([[1, 0]]), **one),
        TableLayer("second", 2, np.array([[2]]), np.array([[0, 1]]), **one),
        TableLayer("third", 3, np.array([[3, 1]]), np.array([[0, 1, 1, 0]]), **one),
    )
    widths, signed = np.array([1, 1]), np.zeros(2, bool)
    return Netlist("n", ("a", "b"), widths, signed, layers, np.array([4]))


def test_signals_are_held_until_their_last_reader():
    netlist = three_stages()
    network = flatten(netlist, None)
    plan = plan_network(netlist, network, CircuitOptions(1, register_inputs=True))
    # Nets 0 and 1 are the constants.
    assert [rank.nets for rank in plan.ranks] == [(2, 3), (3, 4), (3, 5), (6,)]
    assert [rank.behind for rank in plan.ranks] == ["the inputs", "stage 1", "stage 2", "stage 3"]
    assert [(part.name, part.segment) for part in plan.parts] == [
        ("first", 1),
        ("second", 2),
        ("third", 3),
    ]
    assert [part.reads for part in plan.parts] == [(2,), (4,), (3, 5)]
    assert [part.writes for part in plan.parts] == [(4,), (5,), (6,)]


def test_a_layer_of_wires_has_no_part_in_a_mapped_network():
    netlist = three_stages()
    network = flatten(netlist, naive_luts(netlist))
    plan = plan_network(netlist, network, CircuitOptions(1, register_inputs=True))
    assert [(part.name, part.segment) for part in plan.parts] == [("first", 1), ("third", 3)]
    # What the second stage gives is what the first one made.
    assert [rank.nets for rank in plan.ranks] == [(2, 3), (3, 4), (3, 4), (5,)]


def assert_in_step(netlist, network, plan):
    """Every value is where it is read, and registers hold nothing else."""
    segment = {cell: part.segment for part in plan.parts for cell in part.cells}
    assert set(segment) == set(network.cells)
    assert sum(len(part.cells) for part in plan.parts) == len(network.cells)
    made = {net: segment[cell] for cell in network.cells for net in cell.outputs}
    reads = [(net, segment[cell]) for cell in network.cells for net in cell.inputs]
    reads += [(net, len(plan.ranks)) for net in network.outputs]
    expected = [set() for _ in plan.ranks]
    for net, reader in reads:
        if net > 1:
            for rank in range(made.get(net, 0), reader):
                expected[rank].add(net)
    assert [rank.nets for rank in plan.ranks] == [tuple(sorted(nets)) for nets in expected]
    assert [part.segment for part in plan.parts] == sorted(part.segment for part in plan.parts)
    # Part by part, with ranks between them, everything that is read is there.
    known, done = set(range(2, 2 + network.inputs)), 0
    for part in plan.parts:
        for rank in plan.ranks[done : part.segment]:
            assert set(rank.nets) <= known
            known = set(rank.nets)
        done = part.segment
        own = {net for cell in part.cells for net in cell.outputs}
        outside = [cell for other in plan.parts if other is not part for cell in other.cells]
        taken = {net for cell in outside for net in cell.inputs} | set(network.outputs)
        assert part.reads == tuple(
            sorted({net for cell in part.cells for net in cell.inputs if net > 1} - own)
        )
        assert part.writes == tuple(sorted(own & taken))
        assert set(part.reads) <= known
        known |= set(part.writes)
    for rank in plan.ranks[done:]:
        assert set(rank.nets) <= known
        known = set(rank.nets)
    assert {net for net in network.outputs if net > 1} <= known


@given(netlists(), st.integers(0, 3), st.booleans(), st.booleans(), st.integers(0, 3))
@settings(deadline=None)
def test_every_value_reaches_its_readers_in_step(netlist, pipeline, inputs, outputs, lut_depth):
    netlist = drop_dead_nodes(netlist)
    by_layer = CircuitOptions(pipeline, inputs, outputs)
    ranks_after = by_layer.ranks_after(netlist.depth)
    for luts in (None, naive_luts(netlist, 3)):
        network = flatten(netlist, luts)
        plan = plan_network(netlist, network, by_layer)
        assert_in_step(netlist, network, plan)
        layers = {netlist.layers[cell.layer].name for cell in network.cells}
        assert [part.name for part in plan.parts] == [
            layer.name for layer in netlist.layers if layer.name in layers
        ]
        assert len(plan.ranks) == len(ranks_after)
        stages = [netlist.layers[part.cells[0].layer].stage for part in plan.parts]
        assert [part.segment for part in plan.parts] == [
            sum(after < stage for after in ranks_after) for stage in stages
        ]
    by_depth = CircuitOptions(pipeline, inputs, outputs, lut_depth=lut_depth + 1)
    plan = plan_network(netlist, network, by_depth)
    assert_in_step(netlist, network, plan)
    assert [part.name for part in plan.parts] == [
        f"segment{number}" for number in range(1, len(plan.parts) + 1)
    ]
    assert len(plan.ranks) == max(0, len(plan.parts) - 1) + inputs + outputs


@pytest.mark.parametrize("pipeline", [0, 1, 2])
def test_carry_chains_share_a_part_with_the_tables_between_two_ranks(cache, pipeline):
    sizes = {"inputs": 3, "hidden": 2, "first_edges": 6, "second_edges": 4, "classes": 2}
    netlist = additive_netlist(np.random.default_rng(5), **sizes)
    mapped = map_netlist(netlist, effort="low", adders="carry", jobs=1, cache=cache)
    network = flatten(netlist, [layer.network for layer in mapped.layers])
    options = CircuitOptions(pipeline, adders="carry", primitives="xilinx")
    plan = plan_network(netlist, network, options)
    assert_in_step(netlist, network, plan)
    assert len({part.segment for part in plan.parts}) == len(plan.parts)
    assert len(plan.ranks) == len(options.ranks_after(netlist.depth))
    assert any(cell.places for part in plan.parts for cell in part.cells)
