"""The bundled sample is what its manifest says."""

import json
from importlib import resources

import numpy as np

from logicjsc.core.files import sha256_of
from logicjsc.dataset import DataConfig, load_all
from logicjsc.tasks.jets.generator.bundle import bundle
from logicjsc.tasks.jets.generator.shards import write_arrays
from logicjsc.tasks.jets.generator.validation import validate_jets
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

MANIFEST = json.loads((resources.files("logicjsc.tasks.jets") / "sample.json").read_text())


def test_the_sample_holds_the_very_bytes_that_the_generator_wrote(tmp_path):
    jets = load_all(DataConfig(task="jets"))
    start = 0
    for name, entry in sorted(MANIFEST["files"].items()):
        end = start + sum(part["jets"] for part in entry["classes"].values())
        arrays = {
            "X": jets.features[start:end],
            "y": jets.targets[start:end],
            "features": np.array(FEATURE_NAMES),
            "classes": np.array(CLASS_NAMES),
        }
        write_arrays(tmp_path / name, arrays)
        assert sha256_of(tmp_path / name) == entry["sha256"]
        start = end
    assert start == len(jets) == MANIFEST["jets"] == 50_000


def test_bundling_gives_the_committed_files_again(tmp_path):
    folder, target = tmp_path / "folder", tmp_path / "target"
    folder.mkdir()
    target.mkdir()
    jets = load_all(DataConfig(task="jets"))
    names = {"features": np.array(FEATURE_NAMES), "classes": np.array(CLASS_NAMES)}
    write_arrays(folder / "jets.npz", {"X": jets.features, "y": jets.targets, **names})
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    bundle(folder, target)
    with np.load(target / "sample.npz") as archive:
        np.testing.assert_array_equal(archive["X"], jets.features)
    assert json.loads((target / "sample.json").read_text()) == MANIFEST


def test_the_sample_passes_the_generators_own_checks():
    report = validate_jets(load_all(DataConfig(task="jets")))
    assert report.ok, report.to_dict()
    assert report.mean_ks < 0.015
