"""Seeds of compacting runs: who may stand for a point, and what is refused."""

import json

import pytest

from logicjsc.artefacts.runs import data_of, run_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, RunError
from logicjsc.dataset.config import DataConfig
from logicjsc.explore.frontier import points
from logicjsc.explore.zoo.origin import Origin
from logicjsc.explore.zoo.seeds import read_seeds
from logicjsc.methods.anneal.definition import load_annealing
from logicjsc.methods.prune.definition import load_compacting

TESTED = points.Tested("samples", "f00d", 1000, 760, 760)


def compacting_run(folder, seed, kept, *, extra=""):
    """A directory such as a compacting run leaves; kept: accuracies by size."""
    folder.mkdir()
    (folder / "compacting.toml").write_text(f"{extra}\n[compacting]\nseed = {seed}\n")
    entries = [
        {
            "wanted": wanted,
            "netlist": str(folder / f"net-{wanted}.npz"),
            "validation_accuracy": validation,
            "test": {"samples": 1000, "accuracy": test},
        }
        for wanted, (validation, test) in kept.items()
    ]
    result = {"kept": entries, "data": {"fingerprint": "a-b-f00d"}}
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def point_of(folder, wanted=300):
    source = Source("netlist", folder / f"net-{wanted}.npz")
    config = load_compacting(folder / "compacting.toml").config
    return source, Origin(config, "logicjsc compact")


@pytest.fixture
def runs(tmp_path):
    return [
        compacting_run(tmp_path / "a", 3, {900: (0.70, 0.77), 300: (0.75, 0.76)}),
        compacting_run(tmp_path / "b", 1, {900: (0.80, 0.72), 300: (0.74, 0.80)}),
        compacting_run(tmp_path / "c", 2, {300: (0.73, 0.70)}),
    ]


def test_the_best_seed_by_validation_stands_with_all_others(runs):
    source, origin = point_of(runs[0])
    assert run_of(source) == ("compact", runs[0] / "compacting.toml")
    assert data_of(source) == origin.data
    assert origin.data.feature_bits == 10
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
        read_seeds(source, origin, TESTED, [runs[1]])
    with pytest.raises(RunError, match="c kept no network of 900 LUTs"):
        read_seeds(source, origin, TESTED, [runs[2]])


def test_runs_of_other_settings_and_incomplete_ones_are_refused(runs, tmp_path):
    source, origin = point_of(runs[0])
    other = compacting_run(tmp_path / "d", 9, {300: (0.5, 0.5)}, extra="[network]\nhidden = 7")
    with pytest.raises(ConfigError, match="seed 9 was trained with other settings"):
        read_seeds(source, origin, TESTED, [other])
    (runs[1] / "result.json").unlink()
    with pytest.raises(RunError, match="b is no annealing or compacting run that has"):
        read_seeds(source, origin, TESTED, [runs[1]])
    unknown = Source("netlist", runs[0] / "net-77.npz")
    with pytest.raises(RunError, match=r"knows nothing of net-77\.npz"):
        read_seeds(unknown, origin, TESTED, [])


def test_a_netlist_that_decides_otherwise_than_its_run_is_refused(runs):
    source, origin = point_of(runs[0])
    for right, samples_of in ((759, "f00d"), (761, "f00d")):
        tested = points.Tested("samples", samples_of, 1000, right, right)
        with pytest.raises(RunError, match="760 samples right"):
            read_seeds(source, origin, tested, [])
    # On other samples there is nothing to compare.
    elsewhere = points.Tested("samples", "beef", 1000, 700, 700)
    assert read_seeds(source, origin, elsewhere, []).test == (0.76,)
    fewer = points.Tested("samples", "beef", 500, 400, 400)
    with pytest.raises(ConfigError, match="seed 3 was tested on other samples"):
        read_seeds(source, origin, fewer, [])


def test_netlists_elsewhere_have_one_seed(runs, tmp_path):
    source = Source("netlist", tmp_path / "alone.npz")
    assert run_of(source) is None
    assert data_of(source) == DataConfig()
    _, origin = point_of(runs[0])
    seeds = read_seeds(source, origin, TESTED, [])
    assert (seeds.chosen, seeds.seeds, seeds.validation, seeds.test) == (3, (3,), (), (0.76,))


def test_the_starts_of_an_annealing_are_its_seeds(tmp_path):
    (tmp_path / "annealing.toml").write_text(
        "[data]\nvalidation_fraction = 0.07\n[annealing]\nseed = 4\nstarts = 2\n"
    )
    starts = [
        {"seed": 4, "validation_accuracy": 0.7, "test_accuracy": 0.75},
        {"seed": 5, "validation_accuracy": 0.8, "test_accuracy": 0.76},
    ]
    result = {
        "starts": starts,
        "best": starts[1],
        "test": {"samples": 1000, "accuracy": 0.76},
        "data": {"fingerprint": "a-b-f00d"},
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    source = Source("netlist", tmp_path / "netlist.npz")
    assert run_of(source) == ("anneal", tmp_path / "annealing.toml")
    assert data_of(source).validation_fraction == 0.07
    origin = Origin(load_annealing(tmp_path / "annealing.toml").config, "logicjsc anneal")
    seeds = read_seeds(source, origin, TESTED, [])
    assert (seeds.chosen, seeds.seeds) == (5, (4, 5))
    assert (seeds.validation, seeds.test) == ((0.7, 0.8), (0.75, 0.76))
    other = points.Tested("samples", "f00d", 1000, 750, 750)
    with pytest.raises(RunError, match="760 samples right, the netlist 750"):
        read_seeds(source, origin, other, [])
