"""What jets are, and where they seem to come from: ``logicjsc data info``."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.dataset import DataConfig, Samples, load_all
from logicjsc.dataset.facts import facts_of
from logicjsc.dataset.load import save_samples
from logicjsc.tasks.jets.identity import believed
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


@pytest.fixture(scope="module")
def jets() -> Samples:
    return load_all(DataConfig(task="jets")).take(np.arange(0, 50_000, 20), "all")


@pytest.fixture(scope="module")
def few(tmp_path_factory, jets):
    path = tmp_path_factory.mktemp("jets") / "few.npz"
    save_samples(jets, path)
    return path


def believe(path):
    return believed(path, load_all(DataConfig(task="jets", path=str(path))))


def test_numbers_are_those_of_the_jets(few):
    jets = load_all(DataConfig(task="jets", path=str(few)))
    facts = facts_of(jets, baseline=False)
    assert facts.samples == 2500
    assert facts.balance == {
        name: sum(label == index for label in jets.targets.tolist())
        for index, name in enumerate(CLASS_NAMES)
    }
    assert facts.fingerprint == jets.fingerprint()
    assert facts.trees is None
    mass = facts.features[FEATURE_NAMES.index("mass_mmdt")]
    column = jets.features[:, FEATURE_NAMES.index("mass_mmdt")].astype(float)
    assert mass.mean == pytest.approx(sum(column) / 2500)
    assert mass.zeros == pytest.approx(sum(value == 0 for value in column) / 2500)
    assert (mass.smallest, mass.largest) == (min(column), max(column))
    distances = believe(few)["ks_to_published"]
    assert tuple(distances) == FEATURE_NAMES
    assert distances["mass_mmdt"] < 0.06


def test_baselines_find_the_classes_and_are_repeatable(jets):
    first, second = facts_of(jets), facts_of(jets)
    assert first == second
    assert first.baseline_samples == (2000, 500)
    assert first.trees.accuracy > 0.65
    assert first.linear.accuracy > 0.6
    assert first.chance == max(first.balance.values()) / 2500


def test_what_jets_are_believed_to_be(tmp_path, few, jets):
    assert believe(few)["believed"] == "jets like the published ones"

    scaled = (jets.features - jets.features.mean(axis=0)) / jets.features.std(axis=0)
    save_samples(replace(jets, features=scaled), tmp_path / "scaled.npz")
    assert believe(tmp_path / "scaled.npz")["believed"] == "standardised features"

    save_samples(replace(jets, features=3 + 2 * jets.features), tmp_path / "odd.npz")
    odd = believe(tmp_path / "odd.npz")
    assert odd["believed"] == "unknown"
    assert "KS distance of 0.9" in odd["because"]

    folder = tmp_path / "made"
    save_samples(jets, folder / "a.npz")
    (folder / "manifest.json").write_text("{}")
    assert believe(folder)["believed"] == "re-created jets"


def test_a_single_class_has_no_baseline(tmp_path):
    jets = load_all(DataConfig(task="jets"))
    facts = facts_of(jets.take(np.flatnonzero(jets.targets == 0)[:100], "all"))
    assert facts.trees is None
    assert facts.linear is None
    assert facts.balance["g"] == 100
    assert facts.chance == 1.0


def test_the_command_prints_a_table_json_and_a_picture(tmp_path, few, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    picture = tmp_path / "features.png"
    arguments = ["data", "info", str(few), "--task", "jets", "--no-baseline"]
    result = CliRunner().invoke(main, [*arguments, "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert "multiplicity" in result.output
    assert "jets like the published ones" in result.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    result = CliRunner().invoke(main, [*arguments, "--json"])
    report = json.loads(result.stdout)
    assert report["samples"] == 2500
    assert report["believed"] == "jets like the published ones"


def test_what_is_no_jets_is_one_sentence(tmp_path):
    (tmp_path / "page.npz").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    result = CliRunner().invoke(main, ["data", "info", str(tmp_path / "page.npz")])
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
    assert "page.npz" in result.output
    assert len(result.output.splitlines()) == 1
