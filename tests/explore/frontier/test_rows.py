from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.small_jets import separable_jets, write_jets
from reference.small_points import sample_netlist, write_small_point

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, DataError, RunError
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import load_all, load_dataset, load_test, save_samples
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.explore.frontier import rows as rows_module
from logicjsc.explore.frontier.rows import Collecting, Row, collect, front, with_fronts, words_of
from logicjsc.explore.zoo.accuracy import Score, score
from logicjsc.explore.zoo.figures import Area, Figures
from logicjsc.explore.zoo.measure import Measuring
from logicjsc.explore.zoo.points import NETLIST
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer, save_netlist


def row(name, correct, core, whole=None, by_words=None):
    ended = None if whole is None else Area(lut=whole)
    rounded = None if by_words is None else Score(100, by_words)
    return Row(
        name,
        name,
        name,
        "jets",
        "samples",
        Score(100, correct),
        rounded,
        Figures(Area(lut=core), whole=ended),
    )


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_the_front_is_what_nothing_equals_or_beats(points):
    def beaten(index):
        cost, value = points[index]
        return any(
            (other_cost <= cost and other_value >= value)
            and ((other_cost, other_value) != (cost, value) or other < index)
            for other, (other_cost, other_value) in enumerate(points)
            if other != index
        )

    assert front(points) == [not beaten(index) for index in range(len(points))]


def test_each_end_has_its_own_front_and_accuracy():
    found = with_fronts(
        [row("small", 70, 10, 90, 60), row("large", 80, 100, 120, 75), row("bare", 75, 99)]
    )
    assert [entry.name for entry in found] == ["large", "bare", "small"]
    assert [entry.front_core for entry in found] == [True, True, True]
    assert [entry.front_whole for entry in found] == [True, False, True]
    worse = with_fronts([row("a", 80, 10, 90, 60), row("b", 70, 20, 80, 61)])
    assert [entry.front_core for entry in worse] == [True, False]
    assert [entry.front_whole for entry in worse] == [False, True]


@pytest.fixture
def zoo(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    write_small_point(tmp_path / "zoo" / "small")
    return tmp_path / "zoo"


@pytest.fixture
def measured(monkeypatch):
    """Stands in for measuring; what it was asked to measure."""
    asked = []

    def fake(netlist, words, measuring, on_step):
        asked.append((netlist.name, words, measuring))
        return Figures(Area(lut=17))

    monkeypatch.setattr(rows_module, "measure", fake)
    return asked


def test_points_keep_their_figures_and_equal_netlists_stand_once(zoo, measured):
    save_netlist(sample_netlist(), zoo / "same.npz")
    save_netlist(sample_netlist(1), zoo / "deeper" / "other.npz")
    (zoo / "notes.txt").write_text("nothing")
    found = collect([zoo], Collecting(), lambda _: None)
    assert sorted(entry.name for entry in found.rows) == ["other", "small"]
    assert len(measured) == 1
    (point,) = (entry for entry in found.rows if entry.name == "small")
    assert point.seeds == (0.5, 0.45)
    assert point.figures.core.way == "by node"
    again = collect([zoo], Collecting(), lambda _: None)
    assert again.rows == found.rows


def test_other_samples_are_decided_anew(zoo, tmp_path, measured):
    samples = load_test(DataConfig(task="jets")).take(np.arange(500), "test")
    folder = tmp_path / "samples"
    save_samples(samples, folder / "samples_test.npz")
    (point,) = collect([zoo], Collecting(data=folder), lambda _: None).rows
    assert point.score.samples == point.by_words.samples == 500
    assert point.samples_of == "samples_test.npz"
    assert measured == []


def test_yosys_is_asked_about_points_that_it_has_not_confirmed(zoo, measured):
    (point,) = collect([zoo], Collecting(measuring=Measuring(yosys=True)), lambda _: None).rows
    assert point.figures.core.lut == 17
    assert measured[0][2].effort == "low"


def test_a_point_whose_netlist_is_another_is_refused(zoo):
    save_netlist(sample_netlist(1), zoo / "small" / NETLIST)
    with pytest.raises(ConfigError, match="belongs to netlist"):
        collect([zoo / "small"], Collecting(), lambda _: None)


def test_what_is_no_network_is_passed_over_or_refused_by_name(zoo, tmp_path, measured):
    (zoo / "samples.npz").write_bytes(b"x")
    found = collect([zoo], Collecting(), lambda _: None)
    assert len(found.rows) == 1
    assert "samples.npz is not a netlist" in found.passed_over[0]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(RunError, match="there is no network in"):
        collect([empty], Collecting(), lambda _: None)
    with pytest.raises(RunError, match="there is nothing at nowhere"):
        collect([Path("nowhere")], Collecting(), lambda _: None)


def test_words_are_the_networks_own_or_fitted_to_its_training_samples(monkeypatch, tmp_path):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    netlist, source = sample_netlist(), Source("netlist", tmp_path / "n.npz")
    save_netlist(netlist, source.path)
    fitted = words_of(source, netlist, 6)
    assert fitted == FixedPoint.fit(load_dataset(DataConfig(task="jets")).train, 6)
    assert fitted.widths == (6,) * 16
    assert words_of(source, netlist, 6) == fitted
    own = replace(netlist, encoder=replace(netlist.encoder, words=fitted))
    save_netlist(own, source.path)
    assert words_of(source, own, 8) == fitted
    bare = replace(netlist, encoder=None)
    save_netlist(bare, source.path)
    assert words_of(source, bare, 8) is None
    # Nothing is known of the samples that they could be fitted to.
    unknown = replace(netlist, provenance={})
    save_netlist(unknown, source.path)
    assert words_of(source, unknown, 8) is None


def test_words_are_fitted_to_samples_that_have_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    first = write_jets(tmp_path / "first.npz", separable_jets(300))
    dataset = load_dataset(DataConfig(path=str(first), task="jets"))
    provenance = {KEY: Provenance.of(dataset).without_paths().to_text()}
    netlist = replace(sample_netlist(), provenance=provenance)
    source = Source("netlist", tmp_path / "n.npz")
    save_netlist(netlist, source.path)
    with pytest.raises(DataError, match="do not travel with logicjsc; name them with --data"):
        words_of(source, netlist, 6)
    expected = FixedPoint.fit(dataset.train, 6)
    assert words_of(source, netlist, 6, first.rename(tmp_path / "moved.npz")) == expected


@pytest.fixture
def wine(zoo):
    """A tiny network for another task beside the points of the zoo."""
    dataset = load_dataset(DataConfig(task="wine"))
    names, target = dataset.schema.feature_names, dataset.schema.target
    middle = np.median(dataset.train.features[:, :2], axis=0).reshape(2, 1)
    layer = TableLayer(
        "scores", 1, np.tile([0, 1], (3, 1)), np.eye(3, 4, dtype=int), np.ones(3, int),
        np.zeros(3, bool),
    )  # fmt: skip
    netlist = Netlist(
        "tiny", names[:2], np.ones(2, int), np.zeros(2, bool), (layer,), np.array([2, 3, 4]),
        Encoder(names, np.arange(2), middle, np.tile([0, 1], (2, 1))),
        Decoder(target.names, np.arange(2.0), signed=False),
        provenance={KEY: Provenance.of(dataset).to_text()},
    )  # fmt: skip
    save_netlist(netlist, zoo / "wine" / "tiny.npz")
    return netlist, dataset


def test_networks_of_several_tasks_are_not_compared(zoo, wine, measured):
    with pytest.raises(ConfigError, match=r"for jets, wine, .* choose one with --task"):
        collect([zoo], Collecting(), lambda _: None)
    assert [name for name, _, _ in measured] == ["tiny"]
    jets = collect([zoo], Collecting("jets"), lambda _: None)
    assert (jets.task, [row.name for row in jets.rows]) == ("jets", ["small"])
    assert len(measured) == 1
    netlist, dataset = wine
    found = collect([zoo], Collecting("wine"), lambda _: None)
    (row,) = found.rows
    assert (found.task, row.name, row.samples_of) == ("wine", "tiny", "scikit-learn's wine")
    assert row.score == score(netlist, dataset.test)
    words = FixedPoint.fit(dataset.train, 8)
    assert measured[-1][1] == words
    assert row.by_words == score(netlist, dataset.test, words)
    with pytest.raises(ConfigError, match=r"no network for 'moons' in .*, but for jets, wine"):
        collect([zoo], Collecting("moons"), lambda _: None)


def test_networks_of_unknown_samples_need_some(zoo, wine, measured):
    netlist, _ = wine
    save_netlist(replace(netlist, provenance={}), zoo / "other" / "unknown.npz")
    with pytest.raises(RunError, match=r"there is no network in .* does not say which samples"):
        collect([zoo / "other"], Collecting(), lambda _: None)
    found = collect([zoo / "other"], Collecting(data=Path("wine")), lambda _: None)
    assert found.task == ""
    assert found.rows[0].task == "classes class_0, class_1, class_2"
    everything = load_all(DataConfig(task="wine"))
    assert found.rows[0].score.correct == score(netlist, everything).correct


def test_latencies_are_estimated_where_they_are_asked_for(zoo, measured):
    save_netlist(sample_netlist(1), zoo / "other.npz")
    quick = Measuring("low", across=False, jobs=1)
    found = collect([zoo], Collecting(timing=True, measuring=quick), lambda _: None).rows
    assert len(found) == 2
    for entry in found:
        assert 0 < entry.latency.single_ns <= entry.latency.pipelined_ns
        assert entry.latency.single_ns < entry.latency.whole.single_ns
        assert "not a vendor's figure" in entry.to_dict()["latency"]["note"]
    plain = collect([zoo], Collecting(), lambda _: None).rows
    assert [entry.latency for entry in plain] == [None, None]
