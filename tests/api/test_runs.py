"""Training from Python: any form of config, no mandatory callbacks, runs that open again."""

import pytest

import logicjsc as lj
from logicjsc.core.errors import ConfigError, RunError

from .conftest import SMALL


def test_a_run_opens_again_and_says_what_it_is(wine, wine_run):
    again = lj.Run(wine_run.path)
    assert again.state == "finished"
    assert again.method == "gradient"
    assert again.result["accuracy"] == wine_run.result["accuracy"]
    assert again.dataset().fingerprint() == wine.fingerprint()
    assert len(repr(again)) < 200
    assert "<table>" in again._repr_html_()


def test_configs_come_as_tables_files_names_or_not_at_all(tmp_path, wine):
    file = tmp_path / "mine.toml"
    file.write_text("[network]\nhidden = [6]\n[training]\nbatch_size = 32\n")
    few = {"training.epochs": 1, "training.device": "cpu"}
    for number, config in enumerate((file, str(file), None, lj.train)):
        if callable(config):
            continue
        run = lj.train(config, wine, tmp_path / str(number), settings=few, progress=False)
        assert run.result["steps"] == 1


def test_mistakes_are_refused_in_one_sentence(tmp_path, wine):
    with pytest.raises(ConfigError, match="train needs a config or samples"):
        lj.train()
    with pytest.raises(ConfigError, match="hiden"):
        lj.train({"network": {"hiden": [3]}}, wine, tmp_path / "a")
    with pytest.raises(ConfigError, match="at most 8"):
        lj.train(SMALL, wine, tmp_path / "a", settings={"network.input_bits": 40})
    with pytest.raises(RunError, match="is not a run"):
        lj.Run(tmp_path)
    assert not (tmp_path / "a").exists()


def test_a_run_is_not_replaced_unless_asked_for(tmp_path, wine):
    few = {"training.epochs": 1}
    lj.train(SMALL, wine, tmp_path / "r", settings=few, progress=False)
    with pytest.raises(RunError, match="exists already"):
        lj.train(SMALL, wine, tmp_path / "r", settings=few, progress=False)
    lj.train(SMALL, wine, tmp_path / "r", settings=few, progress=False, overwrite=True)
