"""A run's result says which samples its figures stand on."""

from __future__ import annotations

import json

from reference.small_jets import separable_jets, write_jets

from logicjsc.dataset import load_dataset
from logicjsc.methods.gradient.loading import load_config, resolve_config
from logicjsc.methods.gradient.method import train


def test_a_result_names_source_rule_and_fingerprint_of_its_samples(tmp_path):
    path = write_jets(tmp_path / "samples.npz", separable_jets(400))
    settings = [
        f"data.path={path}",
        "data.split=openml-80-20",
        "training.epochs=1",
        "training.batch_size=64",
        "training.device=cpu",
    ]
    loaded = load_config(resolve_config("jsc-s"), settings)
    report = train(loaded, tmp_path / "run", lambda _: None)
    expected = {
        "source": str(path),
        "split": "openml-80-20",
        "fingerprint": load_dataset(loaded.config.data).fingerprint(),
    }
    assert report.data == expected
    assert json.loads((tmp_path / "run" / "result.json").read_text())["data"] == expected
