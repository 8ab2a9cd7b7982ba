"""The validation passes jets that are right, and says what is wrong with others."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.dataset import DataConfig, load_all
from logicjsc.tasks.jets.generator.plots import plot
from logicjsc.tasks.jets.generator.validation import validate_jets
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES
from logicjsc.tasks.jets.reference import published

MASS = FEATURE_NAMES.index("mass_mmdt")


@pytest.fixture(scope="module")
def jets():
    sample = load_all(DataConfig(task="jets"))
    rows = [np.flatnonzero(sample.targets == label)[:2000] for label in range(5)]
    return sample.take(np.concatenate(rows), "all")


@pytest.fixture
def file(tmp_path, jets):
    path = tmp_path / "jets.npz"
    np.savez(
        path,
        X=jets.features,
        y=jets.targets,
        features=np.array(FEATURE_NAMES),
        classes=np.array(CLASS_NAMES),
    )
    return path


def failing(jets):
    report = validate_jets(jets)
    assert report.ok == all(check.ok for check in report.checks)
    return {check.name for check in report.checks if not check.ok}


def changed(jets, feature, change):
    features = jets.features.copy()
    column = FEATURE_NAMES.index(feature)
    features[:, column] = change(features[:, column])
    return replace(jets, features=features)


def test_the_bundled_jets_pass(jets):
    report = validate_jets(jets)
    assert report.ok, failing(jets)
    assert report.mean_ks < 0.03
    assert report.worst.ks == max(entry.ks for entry in report.distances)
    assert {peak.class_name for peak in report.peaks} == set("wzt")
    assert report.counts == dict.fromkeys("gqtwz", 2000)
    assert json.loads(json.dumps(report.to_dict()))["ok"] is True


def test_each_fault_is_found(jets):
    unbalanced = jets.take(np.flatnonzero(np.arange(len(jets)) > 500), "all")
    assert failing(unbalanced) == {"class balance"}
    twice = jets.take(np.concatenate([np.arange(9999), [0]]), "all")
    assert failing(twice) == {"repeated jets"}
    assert failing(changed(jets, "d2_b1_mmdt", lambda x: x * 1.0001)) == {"d2_a1_b1 = d2_b1"}
    assert failing(changed(jets, "zlogz", lambda x: x + 1)) == {"ranges", "distance to published"}
    assert "ranges" in failing(changed(jets, "multiplicity", lambda x: x + 0.5))
    heavier = changed(jets, "mass_mmdt", lambda x: x * 1.06)
    assert failing(heavier) >= {"w mass peak", "z mass peak", "t mass peak"}
    swap = np.array([0, 1, 2, 4, 3])[jets.targets]
    assert failing(replace(jets, targets=swap)) >= {"w mass peak", "z mass peak"}


def test_jets_of_a_single_particle_are_alike_and_no_repetition(jets):
    features = jets.features.copy()
    features[:3] = [0.0] * 15 + [1.0]
    assert "repeated jets" not in failing(replace(jets, features=features))


def test_classes_that_are_absent_have_no_peak(jets):
    light = jets.take(np.flatnonzero(jets.targets < 2), "all")
    report = validate_jets(light)
    assert report.peaks == ()
    assert not report.ok


def test_quantiles_and_parts_belong_together():
    for name, known in published().items():
        assert (np.diff(known.quantiles) >= 0).all(), name
        assert known.part_below(np.array([-1e9, 1e9])).tolist() == [0, 1]
    mass = published()["mass_mmdt"]
    assert mass.part_below(mass.quantiles[[0, 99]]) == pytest.approx([1 / 201, 100 / 201])
    assert mass.deviation_of(np.repeat(mass.quantiles, 3)) == pytest.approx(
        mass.deviation, rel=0.02
    )


def test_the_picture_is_a_whole_png_or_nothing(tmp_path, jets):
    path = tmp_path / "deep" / "jets.png"
    plot(jets, validate_jets(jets), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [entry.name for entry in path.parent.iterdir()] == ["jets.png"]


def test_the_command_prints_a_report_and_its_exit_code_tells(tmp_path, file, jets):
    run = CliRunner().invoke(main, ["data", "validate", str(file)])
    assert run.exit_code == 0
    assert "all checks hold" in run.output
    run = CliRunner().invoke(main, ["data", "validate", str(file), "--json"])
    assert json.loads(run.output)["jets"] == len(jets)

    half = tmp_path / "half.npz"
    with np.load(file) as arrays:
        np.savez(half, **{k: v[:3000] if k in {"X", "y"} else v for k, v in arrays.items()})
    run = CliRunner().invoke(main, ["data", "validate", str(half)])
    assert run.exit_code == 1
    assert "some checks FAIL" in run.output

    run = CliRunner().invoke(main, ["data", "validate", str(tmp_path / "none")])
    assert run.exit_code == 2
    assert run.stderr.startswith("error: there are no samples at")


def test_the_group_lists_its_commands_without_loading_them():
    run = CliRunner().invoke(main, ["data", "--help"])
    assert run.exit_code == 0
    for name in ("generate", "validate"):
        assert name in run.output
    run = CliRunner().invoke(main, ["data", "generate", "--help"])
    assert "--seed" in run.output


def test_generate_says_in_one_sentence_what_is_wrong(tmp_path):
    out = Path(tmp_path) / "out"
    run = CliRunner().invoke(main, ["data", "generate", "--jets", "0", "--out", str(out)])
    assert run.exit_code == 2
    assert run.stderr.startswith("error: 0 jets of seed 0 cannot be made")
