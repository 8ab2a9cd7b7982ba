"""Settings of an annealing are read, and refused by name."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import to_toml
from logicjsc.methods.anneal.config import AnnealConfig, LogicConfig, ScheduleConfig
from logicjsc.methods.loading import load_config, shipped_configs


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(AnnealConfig(), method="anneal"))
    loaded = load_config(path, ["network.layers=[4, 2]"])
    assert (loaded.name, loaded.method) == ("mine", "anneal")
    assert loaded.config.network.layers == (4, 2)
    assert loaded.config.anneal == AnnealConfig().anneal
    assert load_config(path).config == AnnealConfig()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nlayer = [3]", r"unknown key network.layer; did you mean network.layers"),
        ("[anneal]\nsweeps = 0", r"anneal.sweeps = 0 must be at least 1"),
        ("[anneal]\nlast_temperature = 1.0", r"must not be above anneal.first_temperature"),
        ("[training]\nepochs = 1", r"unknown key training"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(f'method = "anneal"\n{text}')
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path)
    assert str(path) in str(caught.value)


def test_settings_made_in_python_are_checked_as_well():
    with pytest.raises(ConfigError, match="sweeps = 0 must be at least 1"):
        ScheduleConfig(sweeps=0)
    with pytest.raises(ConfigError, match=r"must not be above anneal.first_temperature"):
        ScheduleConfig(last_temperature=1.0)
    with pytest.raises(ConfigError, match=r"layers = \(0,\) must be at least 1"):
        LogicConfig(layers=(0,))


def test_shipped_annealings_are_readable():
    loaded = [load_config(path) for path in shipped_configs().values()]
    annealings = [entry for entry in loaded if entry.method == "anneal"]
    tasks = {entry.config.data.task for entry in annealings}
    assert {"jets", "nid", "nid-attacks", "beans", "mnist"} <= tasks
    jets = [entry for entry in annealings if entry.config.data.task == "jets"]
    assert all(entry.config.data.feature_bits == 8 for entry in jets)
