from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference.map_netlists import every_code, netlist_of

from logicjsc.core.errors import NetlistError, ToolFailedError
from logicjsc.map import across
from logicjsc.map.across import (
    flat_network,
    netlist_of_luts,
    rewrite_across,
    rewrite_at_depth,
)
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.mapper import MappedNetlist, map_netlist
from logicjsc.netlist import Netlist, SumLayer, evaluate, load_netlist
from logicjsc.netlist.passes import simplify

EXAMPLE = Path(__file__).parents[2] / "hw" / "examples" / "jsc-s" / "netlist.npz"


@pytest.fixture(scope="module")
def mapped(cache) -> MappedNetlist:
    return map_netlist(netlist_of(np.random.default_rng(5)), effort="low", jobs=1, cache=cache)


def test_the_netlist_of_luts_is_the_network(mapped):
    netlist = netlist_of_luts(mapped.netlist, flat_network(mapped))
    np.testing.assert_array_equal(
        evaluate(netlist, every_code()), evaluate(mapped.netlist, every_code())
    )
    assert netlist.input_names == mapped.netlist.input_names
    assert (netlist.signed[netlist.outputs] == [True, True, False]).all()
    again = map_netlist(netlist, effort="low", jobs=1)
    # Taking inputs apart and putting outputs together costs nothing.
    assert (again.luts, again.depth) == (mapped.luts, mapped.depth)


def test_constants_and_wires_reach_outputs():
    netlist = netlist_of(np.random.default_rng(5))
    wires = LutNetwork(6, (), (0, 1, 2, 3, 4, 7, 1, 1, 1, *([0] * 2)))
    netlist = replace(netlist, outputs=np.array([8, 7, 1]))
    built = netlist_of_luts(netlist, wires)
    codes = evaluate(built, every_code())
    expected = netlist.widths[netlist.outputs]
    assert (built.widths[built.outputs] == expected).all()
    # The lowest bits of the first output: zero, one, and the two bits of the first input.
    assert (codes[:, 0] & 1 == 0).all()
    assert (codes[:, 0] >> 1 & 1 == 1).all()
    np.testing.assert_array_equal(codes[:, 0] >> 2 & 3, every_code()[:, 0])


def test_a_trained_network_gets_smaller_and_stays_the_same():
    small, _ = simplify(load_netlist(EXAMPLE), "low")
    mapped = map_netlist(small, effort="low", jobs=1)
    assert mapped.luts < 2 * (mapped.netlist.signals - mapped.netlist.inputs)
    rewritten = rewrite_across(mapped)
    assert map_netlist(rewritten, effort="low", jobs=1).luts < mapped.luts
    assert rewritten.encoder is small.encoder
    assert rewritten.provenance["rewritten_across_nodes"].endswith("LUTs")
    codes = np.random.default_rng(0).integers(0, 4, (5000, 16))
    np.testing.assert_array_equal(evaluate(rewritten, codes), evaluate(small, codes))
    np.testing.assert_array_equal(mapped.evaluate(codes), evaluate(small, codes))


def test_a_wrong_network_is_refused(mapped, monkeypatch):
    whole = flat_network(mapped)
    lut = whole.luts[0]
    flipped = (Lut(lut.inputs, lut.table ^ 1), *whole.luts[1:])
    # Smaller by a LUT that nothing reads, so that it would be taken.
    padded = LutNetwork(whole.inputs, (*whole.luts, Lut((2,), 1)), whole.outputs)
    monkeypatch.setattr(across, "flat_network", lambda _: padded)
    wrong = LutNetwork(whole.inputs, flipped, whole.outputs)
    monkeypatch.setattr(across, "run_scripts", lambda *_: [wrong])
    with pytest.raises(ToolFailedError, match="differs from the one given"):
        rewrite_across(mapped)


def test_a_wrong_netlist_of_a_right_network_is_refused(mapped, monkeypatch):
    def spoiled(netlist, network):
        built = netlist_of_luts(netlist, network)
        first = built.layers[-1]
        return replace(built, layers=(*built.layers[:-1], replace(first, tables=first.tables ^ 1)))

    monkeypatch.setattr(across, "netlist_of_luts", spoiled)
    with pytest.raises(ToolFailedError, match="differs from the one given"):
        rewrite_across(mapped)


def test_wide_ports_are_taken_apart_by_wires(tmp_path):
    layer = SumLayer("s", 1, [[0, 1]], [[0, 0]], [[False, False]], [0], [15], [False])
    netlist = Netlist("n", ("a", "b"), [14, 3], [False, False], (layer,), [2])
    mapped = map_netlist(netlist, effort="low", jobs=1, cache=tmp_path)
    rewritten = rewrite_across(mapped)
    wide = [layer for layer in rewritten.layers if isinstance(layer, SumLayer)]
    assert {layer.nodes for layer in wide} == {14, 1}
    codes = np.random.default_rng(0).integers(0, [1 << 14, 8], (2000, 2))
    np.testing.assert_array_equal(evaluate(rewritten, codes)[:, 0], codes.sum(axis=1))
    again = map_netlist(rewritten, effort="low", jobs=1, cache=tmp_path)
    assert again.luts <= mapped.luts


def test_a_wrong_network_of_the_search_is_refused(mapped, monkeypatch):
    def wrong(network, **_):
        return LutNetwork(network.inputs, network.luts[:1], (network.first_lut,) * 11)

    monkeypatch.setattr(across, "search_across", wrong)
    with pytest.raises(ToolFailedError, match="differs from the one given"):
        rewrite_across(mapped, seconds=1)


def test_networks_are_rewritten_for_a_depth(mapped):
    shallowest = None
    for depth in (1, mapped.depth):
        try:
            rewritten = rewrite_at_depth(mapped, depth)
        except NetlistError as error:
            assert f"no network of {depth} LUTs in depth was found" in str(error)  # noqa: PT017
            continue
        shallowest = shallowest or depth
        again = map_netlist(rewritten, effort="low", jobs=1)
        assert again.depth <= depth
        np.testing.assert_array_equal(
            evaluate(rewritten, every_code()), evaluate(mapped.netlist, every_code())
        )
    assert shallowest in {1, mapped.depth}  # six input bits: one LUT deep is possible
