"""``logicjsc data info``."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from logicjsc.tasks.jets.inspect import inspect

from logicjsc.cli.main import main
from logicjsc.dataset import Samples, bundled_sample
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def _save(path, jets: Samples) -> None:
    names = {"features": np.array(FEATURE_NAMES), "classes": np.array(CLASS_NAMES)}
    np.savez(path, X=jets.features, y=jets.labels, **names)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    path = tmp_path_factory.mktemp("jets") / "few.npz"
    _save(path, bundled_sample().take(np.arange(0, 50_000, 20), "all"))
    return path


def test_numbers_are_those_of_the_jets(few):
    report, jets = inspect(few, baseline=False)
    assert (report.jets, report.files) == (2500, 1)
    assert report.classes == {
        name: sum(label == index for label in jets.labels.tolist())
        for index, name in enumerate(CLASS_NAMES)
    }
    assert report.fingerprint == jets.fingerprint()
    assert report.tree_accuracy is None
    mass = report.features[FEATURE_NAMES.index("mass_mmdt")]
    column = jets.features[:, FEATURE_NAMES.index("mass_mmdt")].astype(float)
    assert mass.mean == pytest.approx(sum(column) / 2500)
    assert mass.zeros == pytest.approx(sum(value == 0 for value in column) / 2500)
    assert (mass.smallest, mass.largest) == (min(column), max(column))
    assert mass.ks < 0.06


def test_baselines_find_the_classes_and_are_repeatable(few):
    first, _ = inspect(few)
    second, _ = inspect(few)
    assert first == second
    assert first.baseline_jets == (2000, 500)
    assert first.tree_accuracy > first.centroid_accuracy > 0.4
    assert first.tree_accuracy > 0.65


def test_what_jets_are_believed_to_be(tmp_path, few):
    jets = bundled_sample().take(np.arange(0, 50_000, 20), "all")
    assert inspect(few, baseline=False)[0].believed == "jets like the published ones"

    scaled = (jets.features - jets.features.mean(axis=0)) / jets.features.std(axis=0)
    _save(tmp_path / "scaled.npz", Samples(scaled, jets.labels))
    assert inspect(tmp_path / "scaled.npz", baseline=False)[0].believed == "standardised features"

    _save(tmp_path / "odd.npz", Samples(3 + 2 * jets.features, jets.labels))
    odd, _ = inspect(tmp_path / "odd.npz", baseline=False)
    assert odd.believed == "unknown"
    assert "KS distance of 0.9" in odd.because

    folder = tmp_path / "made"
    folder.mkdir()
    _save(folder / "a.npz", jets)
    (folder / "manifest.json").write_text("{}")
    assert inspect(folder, baseline=False)[0].believed == "re-created jets"


def test_a_single_class_has_no_baseline(tmp_path):
    jets = bundled_sample()
    _save(tmp_path / "g.npz", jets.take(np.flatnonzero(jets.labels == 0)[:100], "all"))
    report, _ = inspect(tmp_path / "g.npz")
    assert report.tree_accuracy is None
    assert report.classes["g"] == 100


def test_the_command_prints_a_table_json_and_a_picture(tmp_path, few, monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    picture = tmp_path / "features.png"
    arguments = ["data", "info", str(few), "--no-baseline"]
    result = CliRunner().invoke(main, [*arguments, "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    assert "multiplicity" in result.output
    assert picture.read_bytes().startswith(b"\x89PNG")
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert json.loads(result.output)["jets"] == 2500


def test_what_is_no_jets_is_one_sentence(tmp_path):
    (tmp_path / "page.npz").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    result = CliRunner().invoke(main, ["data", "info", str(tmp_path / "page.npz")])
    assert result.exit_code == 2
    assert result.output.startswith("error: ")
    assert "page.npz" in result.output
    assert len(result.output.splitlines()) == 1
