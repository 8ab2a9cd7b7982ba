"""A point that is not what it says is seen."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from reference.small_points import sample_netlist, write_small_point

from logicjsc.artefacts.sources import POINT
from logicjsc.check.formal.rung import TITLE
from logicjsc.core.errors import OtherSamplesError, ToolNotFoundError, ToolTimeoutError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_test, save_samples
from logicjsc.explore.zoo import points
from logicjsc.explore.zoo.accuracy import score
from logicjsc.explore.zoo.checks import check_point, recorded_luts
from logicjsc.explore.zoo.lut_file import load_luts, save_luts
from logicjsc.explore.zoo.mapping import Found
from logicjsc.explore.zoo.points import (
    ACROSS_NETLIST,
    LUTS,
    NETLIST,
    read_point,
    write_point,
)
from logicjsc.map.across import rewrite_across
from logicjsc.map.lut_network import Lut, LutNetwork
from logicjsc.map.mapper import map_netlist
from logicjsc.netlist import digest_of, load_netlist, save_netlist

OWN = "test samples of bundled sample (re-created jets)"


@pytest.fixture(scope="module")
def written(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("zoo") / "small"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        write_small_point(folder)
    return folder


@pytest.fixture
def folder(written, tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    return shutil.copytree(written, tmp_path / "small")


def failed(folder, **options):
    """Names of checks that do not hold; without simulation unless it is asked for."""
    checks = list(check_point(folder, **{"quick": 0, **options}))
    assert len(checks) >= 3
    return [check.name for check in checks if not check.ok]


def change(folder, **parts):
    write_point(replace(read_point(folder / POINT), **parts), folder / POINT)


def flip(netlist):
    """One bit of the row that most samples read."""
    layer = netlist.layers[0]
    codes = netlist.encoder.encode(load_test(DataConfig(task="jets")).features)[:, layer.inputs[0]]
    rows = np.bincount(codes @ np.array([64, 16, 4, 1]))
    tables = layer.tables.copy()
    tables[0, rows.argmax()] ^= 4
    return replace(netlist, layers=(replace(layer, tables=tables),))


def test_a_true_point_holds_on_every_rung(folder):
    checks = list(check_point(folder))
    assert all(check.ok for check in checks), checks
    names = " ".join(check.name for check in checks)
    for rung in ("test samples", "random codes", "corner codes", "idle cycles"):
        assert f"netlist = Verilog, {rung}" in names or f"with {rung}" in names
    assert TITLE in names


def test_large_circuits_are_proven_and_not_simulated(folder):
    checks = list(check_point(folder, quick=0))
    assert [check.name for check in checks if "Verilog" in check.name] == [TITLE]
    assert checks[-1].ok
    assert re.fullmatch(r"[\d,]+ output bits and flip-flops; not simulated", checks[-1].found)


def test_a_circuit_that_is_not_proven_is_seen(folder, monkeypatch):
    def write(found, place, **options):
        circuit = written(found, place, **options)
        path = next(place.glob("*_network.v"), circuit.top_file)
        path.write_text(re.sub(r"out_codes = (\w+);", r"out_codes = ~\1;", path.read_text()))
        return circuit

    written = Found.write
    monkeypatch.setattr(Found, "write", write)
    assert failed(folder) == [TITLE]

    def fails(*_, **__):
        raise ToolTimeoutError("ABC took too long")

    monkeypatch.setattr("logicjsc.check.formal.rung.prove_circuit", fails)
    assert failed(folder) == [TITLE]

    def missing(*_, **__):
        raise ToolNotFoundError("no Yosys")

    monkeypatch.setattr("logicjsc.check.formal.rung.prove_circuit", missing)
    with pytest.raises(ToolNotFoundError):
        failed(folder)


def test_a_flipped_table_entry_is_another_netlist(folder):
    netlist = flip(load_netlist(folder / NETLIST))
    save_netlist(netlist, folder / NETLIST)
    assert "digest of the netlist" in failed(folder)
    # Even with its digest made to fit, it decides otherwise.
    header = replace(read_point(folder / POINT).header, netlist_digest=digest_of(netlist))
    change(folder, header=header)
    assert OWN in failed(folder)


def test_a_figure_that_is_too_good_is_seen(folder):
    point = read_point(folder / POINT)
    figures = point.figures
    better = replace(figures, core=replace(figures.core, lut=figures.core.lut - 1))
    change(folder, figures=better)
    for quick in (0, 1000):
        assert failed(folder, quick=quick) == ["LUTs"]
    change(folder, figures=figures)
    for part in ("test", "bundled"):
        recorded = point.test
        change(folder, **{part: replace(recorded, correct=recorded.correct + 1)})
        assert failed(folder) == [OWN]
        by_words = recorded.correct_by_words + 1
        change(folder, **{part: replace(recorded, correct_by_words=by_words)})
        assert failed(folder) == [OWN]
        # What was tested elsewhere cannot be tested again without those samples.
        change(folder, test=replace(recorded, fingerprint="0" * 16), bundled=recorded)
        assert failed(folder) == []


@pytest.mark.parametrize("part", ["test", "bundled"])
def test_other_samples_than_the_recorded_ones_are_seen(folder, part):
    point = read_point(folder / POINT)
    change(folder, **{part: replace(point.test, fingerprint="0" * 16)})
    assert failed(folder) == [OWN]


def test_a_point_is_tested_on_samples_that_are_named(folder, tmp_path):
    own = load_test(DataConfig(task="jets"))
    others = own.take(np.arange(700), "test")
    save_samples(others, tmp_path / "others.npz")
    point = read_point(folder / POINT)
    words = point.words.format
    netlist = load_netlist(folder / NETLIST)
    correct = [score(netlist, others, rounded).correct for rounded in (None, words)]
    tested = points.Tested("others", others.fingerprint(), 700, *correct)
    change(folder, test=tested, bundled=point.test)
    assert failed(folder, data=tmp_path / "others.npz") == []
    change(folder, test=replace(tested, correct=tested.correct - 1))
    assert failed(folder, data=tmp_path / "others.npz") == ["test samples"]
    assert failed(folder) == []
    save_samples(own.take(np.arange(1, 701), "test"), tmp_path / "others.npz")
    with pytest.raises(OtherSamplesError, match="are not those that the point was tested on"):
        failed(folder, data=tmp_path / "others.npz")


def test_a_point_whose_samples_do_not_travel_is_verified_on_drawn_features(folder):
    """Nothing is known of its samples; LUTs and Verilog are proven all the same."""
    netlist = replace(load_netlist(folder / NETLIST), provenance={})
    save_netlist(netlist, folder / NETLIST)
    checks = list(check_point(folder))
    assert all(check.ok for check in checks), checks
    names = [check.name for check in checks]
    assert "netlist = Verilog, random features" in names
    assert not any("test samples" in name for name in names)


def test_wrong_luts_are_not_believed_but_found_again(folder):
    known = load_luts(folder / LUTS)
    wrong = {}
    for key, network in known.items():
        luts = tuple(Lut(lut.inputs, lut.table ^ 1) for lut in network.luts[:1])
        wrong[key] = LutNetwork(network.inputs, luts + network.luts[1:], network.outputs)
    save_luts(wrong, folder / LUTS)
    assert failed(folder) == []


def test_damaged_luts_are_a_failed_check(folder):
    (folder / LUTS).write_bytes(b"no archive")
    for quick in (0, 1000):
        assert failed(folder, quick=quick) == ["LUTs"]


def test_luts_across_nodes_are_proven_against_the_netlist(folder):
    point = read_point(folder / POINT)
    mapped = map_netlist(sample_netlist(), effort="low", jobs=1)
    rewritten = rewrite_across(mapped)
    core = replace(point.figures.core, way="across nodes")
    change(folder, figures=replace(point.figures, core=core))
    save_netlist(rewritten, folder / ACROSS_NETLIST)
    assert failed(folder) == []
    found = recorded_luts(folder, sample_netlist(), read_point(folder / POINT))
    assert found.mapped.luts <= point.figures.core.lut
    layer = rewritten.layers[1]
    flipped = replace(layer, tables=layer.tables ^ np.eye(1, layer.tables.shape[1], dtype=np.uint8))
    layers = (rewritten.layers[0], flipped, *rewritten.layers[2:])
    save_netlist(replace(rewritten, layers=layers), folder / ACROSS_NETLIST)
    for quick in (0, 1000):
        assert failed(folder, quick=quick) == ["LUTs"]
