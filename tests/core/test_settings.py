"""Settings come from default, file and flag in that order; everything else is refused by name."""

import dataclasses
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, described, setting, to_toml
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.gradient.config import Config, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.families.mlp import MlpSettings
from logicjsc.methods.loading import load_config, parse_config, resolve_config
from logicjsc.methods.method import find_method


def read(text: str, *assignments: str) -> Config:
    return parse_config(text, source="a.toml", name="a", assignments=assignments).config


def refusal(text: str, *assignments: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, *assignments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_empty_file_gives_the_defaults():
    loaded = parse_config("", source="a.toml", name="a")
    assert loaded.config == Config()
    assert dict(loaded.origins) == {}
    assert {origin for _, _, origin in loaded.rows()} == {"default"}


def test_the_defaults_keep_their_own_rules():
    assert read(to_toml(Config())) == Config()


def test_every_setting_is_explained_and_frozen():
    for method in ("gradient", "anneal", "prune"):
        found = list(described(find_method(method).config))
        assert len(found) > 20
        for entry in found:
            assert len(entry.text) > 3, entry.key
            assert entry.allowed, entry.key
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().training.epochs = 3


def test_the_flag_beats_the_file_and_the_file_beats_the_default():
    text = "[training]\nepochs = 7\nseed = 8\n[network]\nhidden = [3]\n"
    loaded = parse_config(
        text,
        source="a.toml",
        name="a",
        assignments=["training.seed=9", "data.path=samples", "training.seed=10"],
    )
    assert loaded.config == Config(
        DataConfig(path="samples"), NetworkConfig(hidden=(3,)), TrainingConfig(epochs=7, seed=10)
    )
    assert dict(loaded.origins) == {
        "training.epochs": "a.toml",
        "training.seed": "--set",
        "network.hidden": "a.toml",
        "data.path": "--set",
    }


def test_the_rows_name_key_value_and_origin_of_every_setting():
    loaded = parse_config(
        "[network]\nskips = [[0, 2]]\n", source="a.toml", name="a", assignments=["data.path=x"]
    )
    rows = list(loaded.rows())
    settings = asdict(Config())
    assert settings["network"].pop("families") == {}
    assert len(rows) == 1 + sum(len(section) for section in settings.values())
    assert rows[0] == ("method", '"gradient"', "default")
    assert rows[1] == ("data.path", '"x"', "--set")
    assert ("network.skips", "[[0, 2]]", "a.toml") in rows
    assert ("training.epochs", "60", "default") in rows


@pytest.mark.parametrize(
    ("assignment", "section", "key", "value"),
    [
        ("training.epochs=3", "training", "epochs", 3),
        (" training.epochs = 3 ", "training", "epochs", 3),
        ("training.learning_rate=1", "training", "learning_rate", 1.0),
        ("training.schedule=constant", "training", "schedule", "constant"),
        ('training.schedule="constant"', "training", "schedule", "constant"),
        ("data.path=a=b.npz", "data", "path", "a=b.npz"),
        ("data.path=our data/samples", "data", "path", "our data/samples"),
        ("data.path=", "data", "path", ""),
        ("training.betas=[0.9, 0.99]", "training", "betas", (0.9, 0.99)),
        ("network.bits=[1,2,3,4,5]", "network", "bits", (1, 2, 3, 4, 5)),
        ("network.skips=[[0,2],[1,5]]", "network", "skips", ((0, 2), (1, 5))),
    ],
)
def test_set_reads_numbers_lists_and_bare_words(assignment, section, key, value):
    found = getattr(getattr(read("", assignment), section), key)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("assignment", ["epochs=3", "training.epochs", "", "=", "training=3"])
def test_a_set_without_section_key_and_value_is_refused(assignment):
    expected = f"--set {assignment!r}: write it as section.key=value"
    assert refusal("", assignment) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[trainig]\nepochs = 1", "a.toml: unknown key trainig; did you mean training?"),
        ("[x]\ny = 1", "a.toml: unknown key x; known: data, network, training"),
        ("epochs = 3", "a.toml: unknown key epochs; known: data, network, training"),
        (
            "[training]\nepoch = 1",
            "a.toml: unknown key training.epoch; did you mean training.epochs?",
        ),
        (
            "[training]\nq = 1",
            "a.toml: unknown key training.q; known: epochs, batch_size, learning_",
        ),
        ("training = 3", "a.toml: training must be a table, write it as [training]"),
        ("[[training]]", "a.toml: training must be a table, write it as [training]"),
    ],
)
def test_an_unknown_key_is_named_with_a_suggestion(text, message):
    assert refusal(text).startswith(message)


def test_an_unknown_key_of_a_flag_is_the_flags():
    expected = "--set: unknown key network.hiden; did you mean network.hidden?"
    assert refusal("", "network.hiden=[3]") == expected
    assert refusal("", "network.hidden.x=3").startswith(
        "--set: network.hidden = {'x': 3} must be a list"
    )


def test_a_flag_does_not_mend_a_section_that_is_no_table():
    expected = "a.toml: training must be a table, write it as [training]"
    assert refusal("training = 3", "training.epochs=3") == expected


BAD_VALUES = [
    # Wrong types.
    ("training.epochs", "true", "training.epochs = True must be a whole number"),
    ("training.epochs", "2.0", "training.epochs = 2.0 must be a whole number"),
    ("training.epochs", '"2"', "training.epochs = '2' must be a whole number"),
    ("training.epochs", "[2]", "training.epochs = [2] must be a whole number"),
    ("training.epochs", "{a = 2}", "training.epochs = {'a': 2} must be a whole number"),
    ("training.learning_rate", "false", "training.learning_rate = False must be a number"),
    ("training.learning_rate", '"1e-3"', "training.learning_rate = '1e-3' must be a number"),
    ("data.path", "3", "data.path = 3 must be a string"),
    ("network.bits", "true", "network.bits = True must be a whole number"),
    ("network.bits", "[2, 2, 2, 2, true]", "True] must be a whole number"),
    ("network.fan_in", "[3, 3.5, 3, 3, 3]", "network.fan_in = [3, 3.5, 3, 3, 3] must be a whole"),
    ("network.hidden", "64", "network.hidden = 64 must be a list, like [64]"),
    ("network.skips", "[1]", "network.skips = [1] must be a list"),
    ("network.kind", '"spars"', "network.kind = 'spars' is not one of 'sparse', 'dense'"),
    ("network.kind", "1", "network.kind = 1 is not one of 'sparse', 'dense'"),
    ("network.kind", '["sparse"]', "network.kind = ['sparse'] is not one of 'sparse', 'dense'"),
    # Out of bounds.
    ("training.epochs", "0", "training.epochs = 0 must be at least 1"),
    ("training.batch_size", "1", "training.batch_size = 1 must be at least 2"),
    ("training.learning_rate", "0", "training.learning_rate = 0 must be above 0"),
    ("training.learning_rate", "-1e-3", "training.learning_rate = -0.001 must be above 0"),
    ("training.betas", "[0.5, 1.0]", "training.betas = [0.5, 1.0] must be below 1"),
    ("training.betas", "[-0.5, 0.9]", "training.betas = [-0.5, 0.9] must be at least 0"),
    ("data.validation_fraction", "0.5", "data.validation_fraction = 0.5 must be below 0.5"),
    ("data.test_fraction", "0.0", "data.test_fraction = 0.0 must be above 0"),
    ("data.split_seed", "-1", "data.split_seed = -1 must be at least 0"),
    ("network.input_bits", "9", "network.input_bits = 9 must be at most 8"),
    ("network.bits", "[2, 2, 2, 2, 13]", "network.bits = [2, 2, 2, 2, 13] must be at most 8"),
    ("network.hidden", "[3, 0]", "network.hidden = [3, 0] must be at least 1"),
    # Not finite, or beyond all reason.
    ("training.learning_rate", "nan", "training.learning_rate = nan must be finite"),
    ("training.weight_decay", "inf", "training.weight_decay = inf must be finite"),
    ("network.score_bias", "-inf", "network.score_bias = -inf must be finite"),
    ("training.betas", "[0.5, nan]", "training.betas = [0.5, nan] must be finite"),
    ("training.learning_rate", "1" + "0" * 400, "000 is too large"),
    ("training.epochs", "1" + "0" * 400, "000 is too large"),
    ("training.seed", "9223372036854775808", "training.seed = 9223372036854775808 is too large"),
    # Lists of the wrong length.
    ("training.betas", "[0.5]", "training.betas = [0.5] needs 2 entries, not 1"),
    ("training.betas", "0.5", "training.betas = 0.5 must be a list, like [0.5]"),
    ("network.skips", "[[0, 1, 2]]", "network.skips = [[0, 1, 2]] needs 2 entries, not 3"),
    (
        "network.bits",
        "[2, 2]",
        "network.bits = [2, 2] has 2 entries; the network has 5 layers, the output layer included",
    ),
    ("network.fan_in", "[]", "network.fan_in = [] has 0 entries; the network has 5 layers"),
    # Skips: forwards, over at least one layer, within the network.
    ("network.skips", "[[0, 1]]", "network.skips entry [0, 1] must run from an earlier layer"),
    ("network.skips", "[[2, 2]]", "network.skips entry [2, 2] must run from an earlier layer"),
    ("network.skips", "[[3, 1]]", "network.skips entry [3, 1] must run from an earlier layer"),
    ("network.skips", "[[-1, 2]]", "network.skips entry [-1, 2] must run from an earlier layer"),
    ("network.skips", "[[0, 2], [1, 6]]", "network.skips entry [1, 6] must run from an earlier"),
]


@pytest.mark.parametrize(("dotted", "value", "message"), BAD_VALUES)
def test_a_bad_value_is_refused_with_origin_key_value_and_fix(dotted, value, message):
    section, key = dotted.split(".")
    from_file = refusal(f"[{section}]\n{key} = {value}\n")
    assert from_file.startswith(f"a.toml: {section}.{key} ")
    assert message in from_file
    from_flag = refusal("", f"{dotted}={value}")
    assert from_flag.startswith(f"--set: {section}.{key} ")
    assert message in from_flag


@pytest.mark.parametrize("end", [2, 3, 4, 5])
def test_skips_from_the_input_to_any_later_layer_are_allowed(end):
    assert read(f"[network]\nskips = [[0, {end}]]").network.skips == ((0, end),)


def test_a_network_without_hidden_layers_has_one_entry_per_list():
    network = read("[network]\nhidden = []\nbits = [3]\nfan_in = [4]\n").network
    assert (network.hidden, network.bits, network.fan_in) == ((), (3,), (4,))
    assert "the network has 1 layers" in refusal("[network]\nhidden = []\nbits = [3, 3]\n")


def test_a_whole_number_where_a_number_is_wanted_becomes_a_float():
    rate = read("[training]\nlearning_rate = 1\n").training.learning_rate
    assert isinstance(rate, float)
    assert math.isclose(rate, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "[training",
        "epochs",
        "[a]\n[a]",
        "x = 1\nx = 2",
        "x = " + "9" * 5000,
        "x = " + "[" * 100_000,
    ],
)
def test_text_that_is_no_toml_is_refused(text):
    assert refusal(text).startswith("a.toml is not valid TOML: ")


def test_the_place_of_a_toml_error_is_named():
    assert "line 3" in refusal("[training]\nepochs = 1\nseed = =\n")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        read(text)
    except ConfigError as error:
        assert str(error).startswith("a.toml")  # noqa: PT017 - either outcome is right


@given(st.text(max_size=30), st.sampled_from(["training.epochs=", "data.path=", ""]))
def test_any_flag_is_read_or_refused(text, start):
    try:
        read("", start + text)
    except ConfigError as error:
        assert str(error).startswith("--set")  # noqa: PT017 - either outcome is right


def test_a_file_is_loaded_and_named(tmp_path):
    path = tmp_path / "my-net.toml"
    path.write_text("[training]\nepochs = 4\n")
    loaded = load_config(path, ["training.seed=5"])
    assert loaded.name == "my-net"
    assert loaded.config == Config(training=TrainingConfig(epochs=4, seed=5))
    assert loaded.origins == {"training.epochs": str(path), "training.seed": "--set"}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=f"there is no config {tmp_path}/none.toml"):
        load_config(tmp_path / "none.toml")


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(ConfigError, match=f"cannot read {tmp_path}: .*directory"):
        load_config(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "latin.toml"
    path.write_bytes('[data]\npath = "größe"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=f"cannot read {path}: it is no UTF-8: line 2 holds"):
        load_config(path)


def test_a_config_is_found_by_path_or_by_the_name_of_a_shipped_one(tmp_path, monkeypatch):
    own = tmp_path / "own.toml"
    own.touch()
    (tmp_path / "shipped.toml").touch()
    monkeypatch.setattr("logicjsc.methods.loading.shipped", lambda *_: tmp_path)
    assert resolve_config(str(own)) == own
    assert resolve_config("shipped") == tmp_path / "shipped.toml"
    with pytest.raises(
        ConfigError, match=r"no config 'ship'; give a file, or one of: own, shipped"
    ):
        resolve_config("ship")


def test_a_config_is_called_after_its_file_or_what_holds_it(tmp_path, monkeypatch):
    run = tmp_path / "jsc-x"
    run.mkdir()
    for file in (run / "config.toml", run / "wide.toml"):
        file.write_text("[training]\nepochs = 3\n")
    assert load_config(run / "wide.toml").name == "wide"
    assert load_config(run / "config.toml").name == "jsc-x"
    monkeypatch.chdir(run)
    assert load_config(Path("config.toml")).name == "jsc-x"


def test_a_whole_section_of_a_flag_is_the_flags():
    loaded = parse_config(
        "[network]\nhidden = [3]\n",
        source="a.toml",
        name="a",
        assignments=["network.mlp={depth = 3}", "network.added.terms=2"],
    )
    assert loaded.config.network.families["mlp"] == MlpSettings(depth=3)
    assert dict(loaded.origins) == {
        "network.hidden": "a.toml",
        "network.mlp.depth": "--set",
        "network.added.terms": "--set",
    }
    origins = {key: origin for key, _, origin in loaded.rows()}
    assert (origins["network.mlp.depth"], origins["network.mlp.width"]) == ("--set", "default")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[network.mpl]\ndepth = 2", "a.toml: unknown key network.mpl; did you mean network.mlp?"),
        (
            "[network.mlp]\ndept = 2",
            "a.toml: unknown key network.mlp.dept; did you mean network.mlp.depth?",
        ),
        ("[network.mlp]\ndepth = 0", "a.toml: network.mlp.depth = 0 must be at least 1"),
        ("[network]\nmlp = 3", "a.toml: network.mlp must be a table, write it as [network.mlp]"),
    ],
)
def test_sections_of_families_are_read_like_all_others(text, message):
    assert refusal(text) == message


def test_the_method_is_a_setting_like_others():
    loaded = parse_config('method = "anneal"\n', source="a.toml", name="a")
    assert (loaded.method, dict(loaded.origins)) == ("anneal", {"method": "a.toml"})
    loaded = parse_config(
        'method = "anneal"\n', source="a.toml", name="a", assignments=["method=prune"]
    )
    assert (loaded.method, dict(loaded.origins)) == ("prune", {"method": "--set"})
    assert parse_config(loaded.to_toml(), source="b", name="b").method == "prune"
    assert refusal('method = "annael"').startswith("a.toml: ")
    assert refusal("method = 3") == "a.toml: method = 3 must be a string"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: TrainingConfig(epochs=0), "TrainingConfig: epochs = 0 must be at least 1"),
        (lambda: TrainingConfig(epochs=2.5), "TrainingConfig: epochs = 2.5 must be a whole number"),
        (lambda: TrainingConfig(epochs=True), "TrainingConfig: epochs = True must be a whole num"),
        (lambda: DataConfig(kind="class"), "DataConfig: kind = 'class' is not one of 'auto', "),
        (lambda: NetworkConfig(hidden=[3, 0]), "NetworkConfig: hidden = [3, 0] must be at least 1"),
        (
            lambda: NetworkConfig(bits=(2, 2)),
            "network.bits = [2, 2] has 2 entries; the network has",
        ),
        (lambda: MlpSettings(width=math.inf), "MlpSettings: width = inf must be a whole number"),
    ],
)
def test_settings_built_from_python_are_checked_alike(build, message):
    with pytest.raises(ConfigError) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_settings_built_from_python_take_lists_paths_and_numbers_of_numpy(tmp_path):
    import numpy as np

    training = TrainingConfig(epochs=np.int64(3), learning_rate=np.float32(0.5), betas=[0, 0.5])
    assert training == TrainingConfig(epochs=3, learning_rate=0.5, betas=(0.0, 0.5))
    assert type(training.epochs) is int
    assert type(training.betas[0]) is float
    assert DataConfig(path=tmp_path).path == str(tmp_path)
    assert NetworkConfig(hidden=[3]).hidden == (3,)


def test_what_people_are_told_of_a_setting():
    found = {entry.key: entry for entry in described(Config)}
    assert found["training.epochs"].default == "60"
    assert found["training.epochs"].allowed == "whole number, at least 1"
    assert found["data.missing"].allowed == "refuse | drop | mean"
    assert found["network.bits"].allowed == "whole number, at least 1, at most 8, or a list"
    assert found["network.mlp.depth"].text == "layers"
    assert found["data.validation_fraction"].allowed == "number, above 0, below 0.5"


@dataclass(frozen=True)
class Lists(Section):
    widths: tuple[int, ...] = setting((8,), "of layers", at_least=1, at_most=64)
    names: tuple[str, ...] = setting((), "of columns")


def test_lists_are_described_by_what_is_in_them():
    assert [entry.allowed for entry in described(Lists)] == [
        "list of whole numbers, at least 1, at most 64",
        "list of texts",
    ]
