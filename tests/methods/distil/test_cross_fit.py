"""Each sample is judged by networks that never saw its label, once."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from reference.small_jets import separable_jets

from logicjsc.core.errors import ToolFailedError, TrainingError
from logicjsc.core.files import cache_directory
from logicjsc.dataset import Samples
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.distil.cross_fit import held_out_probabilities
from logicjsc.methods.distil.inputs import network_inputs
from logicjsc.methods.distil.member import build_member, judge_fold
from logicjsc.tasks.jets.arrange import SCHEMA

SMALL = TeacherConfig(members=1, folds=3, width=16, blocks=1, epochs=12, batch_size=32)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))


def judged(samples, config=SMALL, jobs=1):
    told = []
    found = held_out_probabilities(
        samples, config, jobs, lambda done, total, _: told.append((done, total))
    )
    return found, told


def test_samples_are_told_apart_and_networks_are_counted():
    samples = separable_jets(600)
    found, told = judged(samples)
    assert found.shape == (600, 5)
    assert found.dtype == np.float32
    assert found.sum(axis=1) == pytest.approx(np.ones(600), rel=1e-4)
    assert np.mean(found.argmax(axis=1) == samples.targets) > 0.9
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_second_call_reads_the_cache_which_may_be_damaged():
    samples = separable_jets(300)
    first, _ = judged(samples)
    again, told = judged(samples)
    assert (again == first).all()
    assert told == []
    (file,) = (cache_directory() / "teacher").iterdir()
    for damage in (file.read_bytes()[:-200], b"nothing"):
        file.write_bytes(damage)
        again, told = judged(samples)
        assert (again == first).all()
        assert told[-1] == (3, 3)


@pytest.mark.parametrize("change", [{"seed": 1}, {"epochs": 5}, {"members": 2}])
def test_other_settings_or_samples_ask_another_teacher(change):
    samples = separable_jets(300)
    first, _ = judged(samples)
    assert judged(samples, replace(SMALL, **change))[1]
    assert judged(separable_jets(300, seed=4))[1]
    assert (judged(samples)[0] == first).all()


def test_any_number_of_processes_finds_the_same():
    samples, config = separable_jets(200), replace(SMALL, members=2, folds=2, epochs=3)
    first, _ = judged(samples, config)
    next((cache_directory() / "teacher").iterdir()).unlink()
    second, told = judged(samples, config, jobs=2)
    assert (first == second).all()
    assert told[-1] == (4, 4)


def of(samples, folds):
    return network_inputs(samples.features), samples.targets, folds


def test_no_label_of_a_fold_matters_to_what_is_made_of_it():
    samples = separable_jets(200)
    folds = np.arange(200) % 3
    first = judge_fold(of(samples, folds), SMALL, 1, 0)
    labels = samples.targets.copy()
    labels[folds == 1] = np.roll(labels[folds == 1], 7)
    other = replace(samples, targets=labels)
    second = judge_fold(of(other, folds), SMALL, 1, 0)
    assert first.shape == ((folds == 1).sum(), 5)
    assert (first == second).all()
    labels = samples.targets.copy()
    labels[folds == 0] = np.roll(labels[folds == 0], 7)
    third = judge_fold(of(replace(samples, targets=labels), folds), SMALL, 1, 0)
    assert (first != third).any()


def test_each_sample_gets_the_mean_of_the_networks_of_the_other_folds(monkeypatch):
    samples, config = separable_jets(90), replace(SMALL, members=2)
    folds = np.random.default_rng(config.seed).permutation(90) % 3
    asked = []

    def made_up(given, settings, fold, member):
        assert settings == config
        assert (given[2] == folds).all()
        assert (given[1] == samples.targets).all()
        asked.append((fold, member))
        return np.full(((folds == fold).sum(), 5), 10 * fold + member, np.float32)

    monkeypatch.setattr("logicjsc.methods.distil.member.judge_fold", made_up)
    found, _ = judged(samples, config)
    assert sorted(asked) == [(fold, member) for fold in range(3) for member in range(2)]
    assert (found == 10 * folds[:, None] + 0.5).all()


def test_copies_are_judged_by_the_networks_of_their_sample():
    samples = separable_jets(90)
    moved = replace(samples, features=samples.features + np.float32(0.1))
    found, _ = judged(samples)
    both = held_out_probabilities(samples, SMALL, 1, lambda *_: None, [samples, moved])
    assert both.shape == (270, 5)
    assert (both[:90] == found).all()
    assert np.allclose(both[90:180], found, atol=1e-6)
    assert (both[180:] != found).any()


def test_a_process_that_is_killed_is_reported(monkeypatch):
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("logicjsc.methods.distil.member.judge_fold", die)
    with pytest.raises(ToolFailedError, match=r"one of 2 processes was killed; .* with --jobs"):
        judged(separable_jets(60), replace(SMALL, epochs=1, folds=2), jobs=2)
    assert not list((cache_directory() / "teacher").glob("*"))


def test_a_network_is_as_wide_and_deep_as_asked_for():
    network = build_member(7, 3, replace(SMALL, width=11, blocks=4))
    weights = [tuple(p.shape) for p in network.parameters() if p.ndim == 2]
    assert weights == [(11, 7), *[(11, 11)] * 8, (3, 11)]


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(TrainingError, match=r"teacher.folds = 3, but there are 2 training samples"):
        judged(Samples(np.ones((2, 16), np.float32), np.array([0, 1]), SCHEMA))
    with pytest.raises(TrainingError, match=r"lower teacher.learning_rate = 1e\+30"):
        judged(separable_jets(60), replace(SMALL, learning_rate=1e30))
    assert not list((cache_directory() / "teacher").glob("*"))
