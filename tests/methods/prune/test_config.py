"""Settings of the prune method are read, and refused by name."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import to_toml
from logicjsc.dataset import DataConfig
from logicjsc.methods.loading import load_config, shipped_configs
from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(PruneConfig(), method="prune"))
    loaded = load_config(path, ["data.feature_bits=8", "prune.luts=[90, 40]"])
    assert (loaded.name, loaded.method) == ("mine", "prune")
    assert loaded.config.data.feature_bits == 8
    assert loaded.config.prune.luts == (90, 40)
    assert loaded.config.network == PruneConfig().network
    assert load_config(path).config == PruneConfig()


def test_words_of_ten_bits_are_the_default(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('method = "prune"')
    assert load_config(path).config.data.feature_bits == 10
    path.write_text('method = "prune"\n[data]\ntask = "jets"')
    assert load_config(path).config.data.feature_bits == 10
    assert PruneConfig(DataConfig(task="jets")).data == DataConfig(task="jets", feature_bits=10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nhiden = 3", r"mine.toml.*network.hiden.*did you mean network.hidden"),
        ("[network]\nhidden = 129", r"network.hidden = 129 must be at most 128"),
        ("[prune]\nround_fraction = 1.0", r"prune.round_fraction = 1.0 must be below 1"),
        ("[prune]\nluts = [0]", r"prune.luts = .*0.* must be at least 1"),
        ("[data]\nfeature_bits = 1", r"mine.toml: data.feature_bits = 1; .* 2 to 12 bits, such as"),
        ("[data]\nfeature_bits = 13", r"mine.toml: data.feature_bits = 13; .* 2 to 12 bits"),
        ("[network]\nthresholds = 64", r"network.thresholds = 64 must be at most 63"),
        ("[network]\ncodes = 0", r"network.codes = 0 must be at least 1"),
        ('[prune]\nclass_weights = "even"', r"class_weights = 'even' is not one of 'none', 'bal"),
        ("[training]\nepochs = 1", r"unknown key training"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(f'method = "prune"\n{text}')
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_settings_made_in_python_are_checked_as_well():
    with pytest.raises(ConfigError, match=r"data.feature_bits = 13; .* 2 to 12 bits, such as"):
        PruneConfig(DataConfig(feature_bits=13))
    with pytest.raises(ConfigError, match=r"hidden = 129 must be at most 128"):
        ShapeConfig(hidden=129)
    with pytest.raises(ConfigError, match=r"round_fraction = 1.0 must be below 1"):
        ScheduleConfig(round_fraction=1.0)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing.toml"):
        load_config(tmp_path / "nothing.toml")


def test_shipped_runs_are_readable():
    loaded = [load_config(path) for path in shipped_configs().values()]
    runs = [entry for entry in loaded if entry.method == "prune"]
    assert len(runs) == 3
    assert all(entry.config.data.feature_bits == 10 for entry in runs)
