"""Fixed-point features through report, training and circuit."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.core.progress import silent
from logicjsc.dataset import load_all, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import save_samples
from logicjsc.dataset.provenance import part_of
from logicjsc.dataset.quantise import quantise

JETS = DataConfig(task="jets")


def test_the_report_measures_each_width_and_the_file_holds_rounded_samples(tmp_path):
    samples = load_all(JETS)
    samples = samples.take(np.arange(0, 50_000, 25), "all")
    save_samples(samples, tmp_path / "samples.npz")
    seen = []
    config, out = replace(JETS, path=str(tmp_path / "samples.npz")), tmp_path / "words.npz"
    dataset = load_dataset(config)
    report = quantise(8, dataset, out, (2, 8), lambda *told: seen.append(told))
    assert seen == [(0, 2, "float"), (0, 2, "2 bits"), (1, 2, "8 bits")]
    two, eight = report.losses
    assert (two.bits, eight.bits) == (2, 8)
    assert two.lost > 0.05 > abs(eight.lost)
    assert report.measure == "accuracy"
    assert two.lost == pytest.approx(report.float_figure - two.figure)
    words = FixedPoint.fit(dataset.train, 8)
    written = load_all(replace(JETS, path=str(out)))
    # One part after the other, whatever the order of the file.
    everything = part_of(dataset, "all")
    np.testing.assert_array_equal(written.features, words.values(everything.features))
    np.testing.assert_array_equal(written.targets, everything.targets)
    assert sorted(map(tuple, written.features)) == sorted(
        map(tuple, words.values(samples.features))
    )
    assert [entry[0] for entry in report.formats] == list(samples.feature_names)
    assert [entry[2] for entry in report.formats] == list(words.exponents)


def test_the_report_of_values_says_how_much_is_explained(tmp_path):
    report = quantise(8, load_dataset(DataConfig(task="diabetes")), None, (3,), silent)
    assert report.measure == "r2"
    assert report.out is None
    (three,) = report.losses
    assert three.lost == pytest.approx(report.float_figure - three.figure)


def test_a_network_trained_on_words_gives_a_proven_circuit_with_thresholds_on_words(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    small = ["training.epochs=1", "data.train_samples=4000", "data.feature_bits=7"]
    assignments = [part for entry in small for part in ("--set", entry)]
    result = CliRunner().invoke(main, ["demo", "jsc-tiny-sparse", *assignments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["mismatches"] == 0
    # Test samples, random codes, corner codes, and random codes with idle cycles between them.
    assert report["vectors"] == 10_000 + 100_000 + 4 + 1000
    manifest = json.loads((tmp_path / "hw/build/demo-jsc-tiny-sparse/manifest.json").read_text())
    words = FixedPoint.fit(load_dataset(replace(JETS, train_samples=4000)).train, 7)
    for place, exponent in zip(manifest["inputs"], words.exponents, strict=True):
        # A border between two words lies half a step below the upper one.
        halves = np.array(place["encoding"]["thresholds"]) / 2.0**exponent + 0.5
        np.testing.assert_allclose(halves, np.round(halves), rtol=1e-6)


def test_impossible_widths_are_one_sentence():
    result = CliRunner().invoke(main, ["train", "jsc-s", "--set", "data.feature_bits=1"])
    assert result.exit_code == 2
    assert "words of 1 bits are not possible; use 2 to 24" in result.output
