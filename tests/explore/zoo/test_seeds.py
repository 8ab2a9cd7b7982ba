"""Seeds of a point: who may stand for it, and what is refused."""

from dataclasses import replace

import pytest
from reference.small_runs import config_of

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, OtherSamplesError, RunError
from logicjsc.core.run import Header, Run
from logicjsc.dataset import DataConfig
from logicjsc.dataset.metrics import Metrics
from logicjsc.explore.zoo import points
from logicjsc.explore.zoo.origin import Origin, origin_of, recorded_in
from logicjsc.explore.zoo.seeds import read_seeds
from logicjsc.methods.anneal.config import AnnealConfig, ScheduleConfig
from logicjsc.methods.loading import config_to_toml, load_config
from logicjsc.methods.prune.config import PruneConfig, ShapeConfig
from logicjsc.methods.prune.config import ScheduleConfig as PruneSchedule
from logicjsc.methods.result import Found, Result

TESTED = points.Tested("samples", "f00d", 1000, 760, 760)


def accuracy(value, samples=1000):
    return Metrics("classes", samples, 0.5, accuracy=value, chance=0.2)


def finished_run(folder, method, config, found, kept=0, *, fingerprint="a-b-f00d"):
    """A directory such as a finished run leaves, without its netlists."""
    run = Run.create(folder, Header(method), config_to_toml(method, config), overwrite=False)
    data = {"source": "samples", "split": "ours", "fingerprint": fingerprint}
    result = Result(method, run.name, tuple(found), kept=kept, dataset=data)
    run.finish(result.to_dict(), tuple(entry.file for entry in found if entry.file))
    return folder


def prune_run(folder, seed, kept, *, hidden=20, fingerprint="a-b-f00d"):
    """A run of the prune method; kept: accuracies by size."""
    config = PruneConfig(
        DataConfig(task="jets"), ShapeConfig(hidden=hidden), prune=PruneSchedule(seed=seed)
    )
    found = [
        Found(
            f"net-{wanted}",
            seed,
            accuracy(validation),
            accuracy(test),
            file=f"net-{wanted}.npz",
            netlist_digest="d",
            variant=str(wanted),
        )
        for wanted, (validation, test) in kept.items()
    ]
    return finished_run(folder, "prune", config, found, fingerprint=fingerprint)


def point_of(folder, wanted=300):
    source = Source("netlist", folder / f"net-{wanted}.npz")
    return source, origin_of(source, folder, None, "")


@pytest.fixture
def runs(tmp_path):
    return [
        prune_run(tmp_path / "a", 3, {900: (0.70, 0.77), 300: (0.75, 0.76)}),
        prune_run(tmp_path / "b", 1, {900: (0.80, 0.72), 300: (0.74, 0.80)}),
        prune_run(tmp_path / "c", 2, {300: (0.73, 0.70)}),
    ]


def test_the_best_seed_by_validation_stands_with_all_others(runs):
    source, origin = point_of(runs[0])
    run, found = recorded_in(source)
    assert (run.path, found["variant"]) == (runs[0], "300")
    assert (origin.method, origin.seed) == ("prune", 3)
    assert origin.config.data == DataConfig(task="jets", feature_bits=10)
    seeds = read_seeds(source, origin, TESTED, runs[1:])
    assert seeds.chosen == 3
    assert seeds.seeds == (1, 2, 3)
    assert seeds.validation == (0.74, 0.73, 0.75)
    assert seeds.test == (0.80, 0.70, 0.76)
    # Alone, and named twice.
    assert read_seeds(source, origin, TESTED, [runs[0]]).seeds == (3,)


def test_a_seed_that_another_one_outdoes_at_that_size_is_refused(runs):
    source, origin = point_of(runs[0], 900)
    with pytest.raises(ConfigError, match="seed 1 validates better than the point's seed 3"):
        read_seeds(source, origin, replace(TESTED, correct=770), [runs[1]])
    with pytest.raises(RunError, match="c kept no network '900'"):
        read_seeds(source, origin, replace(TESTED, correct=770), [runs[2]])


def test_runs_of_other_settings_and_incomplete_ones_are_refused(runs, tmp_path):
    source, origin = point_of(runs[0])
    other = prune_run(tmp_path / "d", 9, {300: (0.5, 0.5)}, hidden=7)
    with pytest.raises(ConfigError, match="seed 9 was trained with other settings"):
        read_seeds(source, origin, TESTED, [other])
    (runs[1] / "result.json").unlink()
    with pytest.raises(RunError, match="b is not finished"):
        read_seeds(source, origin, TESTED, [runs[1]])
    with pytest.raises(RunError, match="nowhere is not a run"):
        read_seeds(source, origin, TESTED, [tmp_path / "nowhere"])


@pytest.mark.parametrize("fingerprint", ["a-b-beef", "a-c-f00d", "c-b-f00d"])
def test_a_seed_that_learned_from_or_was_judged_by_other_samples_is_refused(
    runs, tmp_path, fingerprint
):
    source, origin = point_of(runs[0])
    other = prune_run(tmp_path / "d", 9, {300: (0.5, 0.5)}, fingerprint=fingerprint)
    with pytest.raises(OtherSamplesError, match="seed 9 was trained on other samples"):
        read_seeds(source, origin, TESTED, [runs[1], other])


def test_a_netlist_that_decides_otherwise_than_its_run_is_refused(runs):
    source, origin = point_of(runs[0])
    # Tables leave no room to differ.
    for correct in (759, 761):
        tested = points.Tested("samples", "f00d", 1000, correct, correct)
        with pytest.raises(RunError, match="760 of 1,000 test samples correctly, its netlist"):
            read_seeds(source, origin, tested, [])
    # On other samples there is nothing to compare.
    elsewhere = points.Tested("samples", "beef", 1000, 700, 700)
    assert read_seeds(source, origin, elsewhere, []).test == (0.76,)
    fewer = points.Tested("samples", "beef", 500, 400, 400)
    with pytest.raises(ConfigError, match="seed 3 was tested on other samples"):
        read_seeds(source, origin, fewer, [])


def test_a_trained_network_may_differ_from_its_netlist_by_a_rounding(tmp_path):
    config = config_of(seed=4)
    found = Found(tmp_path.name, 4, accuracy(0.75), accuracy(0.76))
    source = Source("run", finished_run(tmp_path / "run", "gradient", config, [found]))
    origin = origin_of(source, tmp_path / "zoo" / "small", None, "")
    assert origin.seed == 4
    assert origin.command == "logicjsc train zoo/small/config.toml --out runs/small"
    assert read_seeds(source, origin, replace(TESTED, correct=761), []).test == (0.76,)
    with pytest.raises(RunError, match="760 of 1,000 test samples correctly, its netlist 762"):
        read_seeds(source, origin, replace(TESTED, correct=762), [])


def test_netlists_elsewhere_have_one_seed(runs, tmp_path):
    config = runs[0] / "config.toml"
    unknown = [Source("netlist", tmp_path / "alone.npz"), Source("netlist", runs[0] / "net-7.npz")]
    for source in unknown:
        assert recorded_in(source) is None
        with pytest.raises(ConfigError, match="does not say how it was trained; add --config and"):
            origin_of(source, tmp_path, None, "")
        with pytest.raises(ConfigError, match=r"makes .* again is not known; add --command"):
            origin_of(source, tmp_path, config, "")
        origin = origin_of(source, tmp_path, config, "make it")
        assert origin == Origin("prune", load_config(config).config, "make it")
        seeds = read_seeds(source, origin, TESTED, [])
        assert (seeds.chosen, seeds.seeds, seeds.validation, seeds.test) == (3, (3,), (), (0.76,))


def test_the_starts_of_an_annealing_are_its_seeds(tmp_path):
    config = AnnealConfig(
        DataConfig(task="jets", validation_fraction=0.07), anneal=ScheduleConfig(seed=4, starts=2)
    )
    found = [
        Found(
            f"seed {seed}",
            seed,
            accuracy(validation),
            accuracy(test),
            file=f"seed-{seed}.npz",
            netlist_digest="d",
        )
        for seed, validation, test in ((4, 0.7, 0.75), (5, 0.8, 0.76))
    ]
    finished_run(tmp_path / "run", "anneal", config, found, kept=1)
    run = Source("run", tmp_path / "run")
    for source in (run, Source("netlist", tmp_path / "run" / "netlist.npz")):
        assert recorded_in(source)[1]["seed"] == 5
        origin = origin_of(source, tmp_path, None, "")
        assert origin.config.data.validation_fraction == 0.07
        seeds = read_seeds(source, origin, TESTED, [])
        assert (seeds.chosen, seeds.seeds) == (5, (4, 5))
        assert (seeds.validation, seeds.test) == ((0.7, 0.8), (0.75, 0.76))
        other = points.Tested("samples", "f00d", 1000, 750, 750)
        with pytest.raises(RunError, match="760 of 1,000 test samples correctly, its netlist 750"):
            read_seeds(source, origin, other, [])
    # The other start does not validate best.
    worse = Source("netlist", tmp_path / "run" / "seed-4.npz")
    with pytest.raises(ConfigError, match="seed 5 validates better than the point's seed 4"):
        read_seeds(worse, origin_of(worse, tmp_path, None, ""), TESTED, [])


def test_a_network_with_neither_accuracy_nor_errors_is_refused(tmp_path):
    metrics = Metrics("value", 1000, 3.5)
    found = Found("run", 0, metrics, metrics)
    source = Source("run", finished_run(tmp_path / "run", "gradient", config_of(), [found]))
    with pytest.raises(RunError, match="run has no 'rmse' to compare networks by"):
        read_seeds(source, origin_of(source, tmp_path, None, ""), TESTED, [])
