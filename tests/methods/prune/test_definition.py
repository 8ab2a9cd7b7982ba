"""Settings of a compacting run are read, and refused by name."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.core.files import shipped
from logicjsc.core.settings import to_toml
from logicjsc.methods.prune.definition import CompactConfig, load_compacting


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(CompactConfig()))
    loaded = load_compacting(path, ["data.feature_bits=8", "compacting.luts=[90, 40]"])
    assert loaded.name == "mine"
    assert loaded.config.data.feature_bits == 8
    assert loaded.config.compacting.luts == (90, 40)
    assert loaded.config.network == CompactConfig().network


def test_words_of_ten_bits_are_the_default(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("")
    assert load_compacting(path).config.data.feature_bits == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network]\nhiden = 3", r"mine.toml.*network.hiden.*did you mean network.hidden"),
        ("[network]\nhidden = 65", r"network.hidden = 65 must be at most 64"),
        ("[compacting]\nround_part = 1.0", r"compacting.round_part = 1.0 must be below 1"),
        ("[compacting]\nluts = [0]", r"compacting.luts = .*0.* must be at least 1"),
        ("[data]\nfeature_bits = 5", r"mine.toml: data.feature_bits = 5; .* 6 to 12 bits, such as"),
        ("[data]\nfeature_bits = 13", r"mine.toml: data.feature_bits = 13; .* 6 to 12 bits"),
        ("[data]\nfeature_bits = 0", r"mine.toml: data.feature_bits = 0; .* 6 to 12 bits"),
        (
            "[network]\nwindows = 0\nsegments = 0",
            r"mine.toml: network.windows = 0 and network.segments = 0 .*; set one of them",
        ),
        ("[training]\nepochs = 1", r"unknown key training"),
    ],
)
def test_mistakes_are_named(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_compacting(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing.toml"):
        load_compacting(tmp_path / "nothing.toml")


@pytest.mark.parametrize("path", sorted(shipped("configs", "compact").glob("*.toml")))
def test_shipped_runs_are_readable(path):
    assert load_compacting(path).config.data.feature_bits == 10
