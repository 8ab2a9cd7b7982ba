"""Settings of an annealing are read, and refused by name."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import shipped
from logicjsc.core.settings import to_toml
from logicjsc.methods.anneal.definition import AnnealConfig, load_annealing


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(AnnealConfig()))
    loaded = load_annealing(path, ["network.layers=[4, 2]"])
    assert loaded.name == "mine"
    assert loaded.config.network.layers == (4, 2)
    assert loaded.config.annealing == AnnealConfig().annealing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nlayer = [3]", r"unknown key network.layer; did you mean network.layers"),
        ("[annealing]\nsweeps = 0", r"annealing.sweeps = 0 must be at least 1"),
        ("[annealing]\nlast_temperature = 1.0", r"must not be above annealing.first_temperature"),
        ("[training]\nepochs = 1", r"unknown key training"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_annealing(path)


@pytest.mark.parametrize("path", sorted(shipped("configs", "anneal").glob("*.toml")))
def test_shipped_annealings_are_readable(path):
    assert load_annealing(path).config.data.feature_bits == 8
