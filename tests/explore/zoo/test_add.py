"""Networks of any task and method become points that hold, or nothing is written."""

from dataclasses import replace

import numpy as np
import pytest
from reference.small_runs import TRAINING

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import POINT, identify
from logicjsc.core.errors import ConfigError, ToolFailedError
from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import save_samples
from logicjsc.explore.frontier.rows import Collecting, collect
from logicjsc.explore.zoo import add
from logicjsc.explore.zoo.accuracy import score
from logicjsc.explore.zoo.add import Details, add_point
from logicjsc.explore.zoo.checks import Check, check_point, own_samples
from logicjsc.explore.zoo.measure import Measuring
from logicjsc.explore.zoo.points import CONFIG, NETLIST, read_point
from logicjsc.methods.anneal.config import AnnealConfig, LogicConfig, ScheduleConfig
from logicjsc.methods.gradient.config import Config, NetworkConfig
from logicjsc.methods.loading import LoadedConfig, load_config
from logicjsc.methods.result import Recorded
from logicjsc.methods.train import train
from logicjsc.netlist import digest_of, load_netlist

LOW = Measuring("low", jobs=1)


def silent(_step):
    pass


@pytest.fixture(scope="module", autouse=True)
def _cached(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        yield


def annealed(folder, seed=0, **data):
    """An annealing of wines; its netlist is what was learned."""
    config = AnnealConfig(
        DataConfig(**{"task": "wine", "feature_bits": 6, "split_seed": 1, **data}),
        LogicConfig(layers=(4,)),
        anneal=ScheduleConfig(sweeps=10, starts=2, seed=seed, threshold_price=0.0),
    )
    train(LoadedConfig("wine-luts", "anneal", config, {}), folder)
    return folder


def trained(folder, **data):
    """A short training on float features, whose netlist has no words of its own."""
    network = NetworkConfig(hidden=(4,), input_bits=2, bits=2, fan_in=2)
    config = Config(DataConfig(**data), network, TRAINING)
    train(LoadedConfig("network", "gradient", config, {}), folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return annealed(tmp_path_factory.mktemp("wine") / "runs" / "luts")


@pytest.fixture(scope="module")
def folder(run):
    folder = run.parents[1] / "zoo" / "wine" / "luts"
    add_point(identify(run), folder, Details(title="LUTs", measuring=LOW), silent)
    return folder


def test_a_run_of_another_task_becomes_a_point_that_holds(run, folder):
    point, netlist = read_point(folder / POINT), load_netlist(folder / NETLIST)
    dataset = load_dataset(DataConfig(task="wine", feature_bits=6, split_seed=1))
    assert point.header.title == "LUTs"
    assert point.header.netlist_digest == digest_of(netlist) == digest_of(netlist_of(identify(run)))
    # They travel with the package, under the same settings.
    assert own_samples(netlist).fingerprint() == dataset.test.fingerprint()
    assert point.bundled is None
    assert point.test.samples_of == "scikit-learn's wine"
    assert point.test.fingerprint == dataset.test.fingerprint()
    assert point.test.score == score(netlist, dataset.test)
    assert point.words.origin == "own"
    assert point.words.format == netlist.encoder.words
    assert point.seeds.seeds == (0, 1)
    assert point.figures.core.lut > 0
    checks = list(check_point(folder))
    assert all(check.ok for check in checks), checks
    assert "test samples of scikit-learn's wine" in [check.name for check in checks]
    found = collect([folder.parent], Collecting(), silent)
    assert (found.task, found.rows[0].name) == ("wine", "LUTs")


def test_its_command_makes_the_same_network_again(folder, tmp_path):
    point = read_point(folder / POINT)
    assert point.header.command == "logicjsc train zoo/wine/luts/config.toml --out runs/luts"
    train(load_config(folder / CONFIG), tmp_path / "runs" / "luts")
    assert (
        digest_of(netlist_of(identify(tmp_path / "runs" / "luts"))) == point.header.netlist_digest
    )


def test_a_network_without_words_gets_some_fitted_to_its_training_samples(tmp_path):
    # Settings that change what the features are belong to the samples that travel as well.
    data = DataConfig(task="wine", ignore="hue, ash", split_seed=2)
    run = trained(tmp_path / "run", task="wine", ignore="hue, ash", split_seed=2)
    point = add_point(identify(run), tmp_path / "point", Details(measuring=LOW), silent)
    dataset = load_dataset(data)
    assert point.bundled is None
    assert point.words.origin == "fitted"
    assert point.words.format == FixedPoint.fit(dataset.train, 8)
    assert all(check.ok for check in check_point(tmp_path / "point"))


def test_samples_that_do_not_travel_are_named_and_nothing_says_where_they_lie(tmp_path):
    wine = load_all(DataConfig(task="wine"))
    chosen = np.random.default_rng(0).permutation(len(wine))[:150]
    save_samples(wine.take(chosen, "all"), tmp_path / "mine.npz")
    own = {"path": str(tmp_path / "mine.npz"), "task": ""}
    run = annealed(tmp_path / "run", **own)
    folder = tmp_path / "zoo" / "luts"
    point = add_point(identify(run), folder, Details(measuring=LOW), silent)
    assert point.test.samples_of == "mine.npz"
    assert point.bundled is None
    assert point.header.command.endswith("luts/config.toml --data DATA --out runs/luts")
    for file in (POINT, CONFIG):
        assert str(tmp_path) not in (folder / file).read_text()
    netlist = load_netlist(folder / NETLIST)
    assert own_samples(netlist) is None
    assert str(tmp_path) not in netlist.provenance["dataset"]
    names = [check.name for check in check_point(folder)]
    assert "netlist = Verilog, random features" in names
    moved = (tmp_path / "mine.npz").rename(tmp_path / "moved.npz")
    checks = list(check_point(folder, data=moved))
    assert all(check.ok for check in checks), checks
    assert "test samples" in [check.name for check in checks]


def test_a_task_that_was_named_as_data_is_known_of_the_point(tmp_path):
    run = annealed(tmp_path / "run", path="wine", task="")
    add_point(identify(run), tmp_path / "zoo" / "luts", Details(measuring=LOW), silent)
    assert load_config(tmp_path / "zoo" / "luts" / CONFIG).config.data.task == "wine"
    assert collect([tmp_path / "zoo"], Collecting(), silent).task == "wine"


def test_other_seeds_stand_beside_the_one_that_is_chosen(run, tmp_path):
    other = annealed(tmp_path / "other", seed=2)
    source = identify(run)
    details = Details(seeds=(other,), measuring=LOW)
    results = [netlist_of(identify(path)) for path in (run, other)]
    dataset = load_dataset(DataConfig(task="wine", split_seed=1))
    best = [score(netlist, dataset.validation).correct for netlist in results]
    if best[1] > best[0]:
        source, details = identify(other), replace(details, seeds=(run,))
    point = add_point(source, tmp_path / "point", details, silent)
    assert point.seeds.seeds == (0, 1, 2, 3)


def test_networks_of_values_are_points_by_their_error(tmp_path):
    run = trained(tmp_path / "run", task="diabetes", core=60.0)
    point = add_point(identify(run), tmp_path / "point", Details(measuring=LOW), silent)
    assert read_point(tmp_path / "point" / POINT) == point
    test = load_dataset(DataConfig(task="diabetes", core=60.0)).test
    netlist = load_netlist(tmp_path / "point" / NETLIST)
    assert point.test.score == score(netlist, test)
    assert point.test.by_words == score(netlist, test, point.words.format)
    assert 0 < point.test.inside < point.test.samples
    assert point.seeds.test == (pytest.approx(point.test.error),)
    # Nothing decides, so both ends are the encoder alone.
    assert point.figures.decision == 0
    assert point.figures.whole == point.figures.encoded
    checks = list(check_point(tmp_path / "point"))
    assert all(check.ok for check in checks), checks
    (told,) = (check.found for check in checks if check.name.startswith("test samples"))
    assert told.startswith(f"error {point.test.error:.6g}, {point.test.inside} of 88 in the core")
    path = tmp_path / "point" / POINT
    path.write_text(path.read_text().replace("\nerror = ", "\nerror = 1", 1))
    assert not all(check.ok for check in check_point(tmp_path / "point"))


def test_of_seeds_of_values_the_one_of_the_smallest_error_stands(tmp_path):
    runs = []
    for seed in (0, 1):
        network = NetworkConfig(hidden=(4,), input_bits=2, bits=2, fan_in=2)
        config = Config(DataConfig(task="diabetes"), network, replace(TRAINING, seed=seed))
        train(LoadedConfig("network", "gradient", config, {}), tmp_path / f"run{seed}")
        runs.append(tmp_path / f"run{seed}")
    errors = [Recorded.of(Run.open(run)).best["validation"]["rmse"]["progression"] for run in runs]
    best, other = runs if errors[0] <= errors[1] else reversed(runs)
    details = Details(seeds=(other,), measuring=LOW)
    point = add_point(identify(best), tmp_path / "point", details, silent)
    assert sorted(point.seeds.validation) == sorted(errors)
    with pytest.raises(ConfigError, match=r"validates better .* is chosen by validation error"):
        add_point(
            identify(other), tmp_path / "other", Details(seeds=(best,), measuring=LOW), silent
        )


def test_a_check_that_does_not_hold_leaves_nothing_behind(run, tmp_path, monkeypatch):
    monkeypatch.setattr(add, "_climb", lambda *_: None)
    monkeypatch.setattr(add, "check_point", lambda *_, **__: iter([Check("rung", False, "1 is")]))
    with pytest.raises(ToolFailedError, match=r"rung does not hold \(1 is\); nothing was written"):
        add_point(identify(run), tmp_path / "new" / "point", Details(measuring=LOW), silent)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_netlist_of_unknown_origin_needs_its_settings(folder, tmp_path):
    source = identify(folder / NETLIST)
    with pytest.raises(ConfigError, match="is a netlist that does not say how it was trained"):
        add_point(source, tmp_path / "new", Details(measuring=LOW), silent)
    details = Details(config=folder / CONFIG, command="make it", measuring=LOW)
    point = add_point(source, tmp_path / "new", details, silent)
    assert point.header.command == "make it"
    assert point.seeds.seeds == (0,)
    assert all(check.ok for check in check_point(tmp_path / "new"))
