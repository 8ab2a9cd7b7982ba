"""Fixed-point features through flow, training and circuit."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from logicjsc.cli.main import main
from logicjsc.dataset import bundled_sample, load_samples, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.quantise import quantise


def test_the_report_measures_each_width_and_the_file_holds_rounded_samples(tmp_path):
    samples = bundled_sample().take(np.arange(0, 50_000, 5), "all")
    names = {"features": np.array(samples.feature_names), "classes": np.array(samples.class_names)}
    np.savez(tmp_path / "samples.npz", X=samples.features, y=samples.labels, **names)
    seen = []
    data, out = tmp_path / "samples.npz", tmp_path / "words.npz"
    report = quantise(8, data, out, (2, 8), lambda done, remark: seen.append((done, remark)))
    assert seen == [(0, "float"), (0, "2 bits"), (1, "8 bits")]
    two, eight = report.losses
    assert (two.bits, eight.bits) == (2, 8)
    assert two.lost > 0.05 > abs(eight.lost)
    assert two.lost == pytest.approx(report.float_accuracy - two.accuracy)
    words = FixedPoint.fit(load_dataset(DataConfig(path=str(data))).train, 8)
    written = load_samples(out)
    np.testing.assert_array_equal(written.features, words.values(samples.features))
    np.testing.assert_array_equal(written.labels, samples.labels)
    assert [entry[1] for entry in report.formats] == list(words.exponents)


def test_a_network_trained_on_words_gives_a_proven_circuit_with_thresholds_on_words(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    small = ["training.epochs=1", "data.train_samples=4000", "data.feature_bits=7"]
    assignments = [part for entry in small for part in ("--set", entry)]
    result = CliRunner().invoke(main, ["demo", "jsc-tiny-sparse", *assignments, "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["mismatches"] == 0
    # Test samples, random codes, corner codes, and random codes with idle cycles between them.
    assert report["vectors"] == 10_000 + 100_000 + 4 + 1000
    manifest = json.loads((tmp_path / "hw/build/demo-jsc-tiny-sparse/manifest.json").read_text())
    words = FixedPoint.fit(load_dataset(DataConfig(feature_bits=7, train_samples=4000)).train, 7)
    for place, exponent in zip(manifest["inputs"], words.exponents, strict=True):
        # A border between two words lies half a step below the upper one.
        halves = np.array(place["encoding"]["thresholds"]) / 2.0**exponent + 0.5
        np.testing.assert_allclose(halves, np.round(halves), rtol=1e-6)


def test_impossible_widths_are_one_sentence():
    result = CliRunner().invoke(main, ["train", "jsc-s", "--set", "data.feature_bits=1"])
    assert result.exit_code == 2
    assert "words of 1 bits are not possible; use 2 to 24" in result.output
