"""The settings of any method: what is wrong is named by file, key and value, with the fix."""

import json
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import numpy as np
import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import flat, plain
from logicjsc.dataset import DataConfig
from logicjsc.methods.anneal.config import AnnealConfig, LogicConfig
from logicjsc.methods.anneal.config import ScheduleConfig as AnnealSchedule
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.gradient.config import Config, MembersConfig, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.families.mlp import MlpSettings
from logicjsc.methods.loading import (
    as_assignments,
    config_to_toml,
    from_tables,
    load_config,
    parse_config,
    resolve_config,
    shipped_configs,
    with_settings,
)
from logicjsc.methods.method import find_method, known_methods
from logicjsc.methods.prune.config import PruneConfig, ShapeConfig
from logicjsc.methods.prune.config import ScheduleConfig as PruneSchedule


def read(text, *assignments):
    return parse_config(text, source="own.toml", name="own", assignments=assignments)


def refusal(text, *assignments):
    with pytest.raises(ConfigError) as caught:
        read(text, *assignments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestMethod:
    def test_without_a_word_it_is_gradient(self):
        loaded = read("")
        assert (loaded.method, loaded.config) == ("gradient", Config())
        assert loaded.finder is find_method("gradient")
        assert next(loaded.rows()) == ("method", '"gradient"', "default")

    @pytest.mark.parametrize("method", known_methods())
    def test_a_key_at_the_top_names_it(self, method):
        loaded = read(f"method = '{method}'\n")
        assert (loaded.method, loaded.config) == (method, find_method(method).config())
        assert next(loaded.rows()) == ("method", json.dumps(method), "own.toml")
        flag = read("method = 'gradient'\n", f"method={method}")
        assert (flag.method, flag.config) == (loaded.method, loaded.config)
        assert next(flag.rows()) == ("method", json.dumps(method), "--set")

    @pytest.mark.parametrize(
        ("text", "assignments", "sentence"),
        [
            (
                "method = 'genetic'",
                [],
                "own.toml: method = 'genetic' is not known; use one of anneal",
            ),
            ("method = ''", [], "own.toml: method = '' is not known; use one of anneal"),
            ("method = 3", [], "own.toml: method = 3 must be a string"),
            (
                "[method]\nname = 'prune'",
                [],
                "own.toml: method = {'name': 'prune'} must be a string",
            ),
            ("method = 'prune'", ["method=genetic"], "--set: method = 'genetic' is not known"),
            ("", ["method=3"], "--set: method = 3 must be a string"),
            ("", ["method="], "--set: method = '' is not known"),
        ],
    )
    def test_another_is_refused_with_where_it_stands(self, text, assignments, sentence):
        assert refusal(text, *assignments).startswith(sentence)

    @pytest.mark.parametrize(
        ("method", "section", "known"),
        [
            ("gradient", "anneal", "data, network, training, members, teacher"),
            ("anneal", "training", "data, network, teacher, anneal"),
            ("prune", "anneal", "data, network, teacher, prune"),
        ],
    )
    def test_sections_of_another_method_are_unknown(self, method, section, known):
        refused = refusal(f"method = '{method}'\n[{section}]\nseed = 3\n")
        assert refused == f"own.toml: unknown key {section}; known: {known}"


class TestUnknown:
    @pytest.mark.parametrize(
        ("method", "text", "sentence"),
        [
            ("gradient", "[netwrk]\nhidden = [3]", "unknown key netwrk; did you mean network?"),
            (
                "gradient",
                "[network]\nhiden = [3]",
                "unknown key network.hiden; did you mean network.hi",
            ),
            (
                "gradient",
                "[network.mpl]\ndepth = 3",
                "unknown key network.mpl; did you mean network.mlp?",
            ),
            (
                "gradient",
                "[network.mlp]\ndeep = 3",
                "unknown key network.mlp.deep; did you mean network.mlp.depth?",
            ),
            (
                "gradient",
                "[network.linear]\nx = 3",
                "unknown key network.linear; known: kind, ",
            ),
            (
                "gradient",
                "[network.mlp]\nq = 3",
                "unknown key network.mlp.q; known: depth, width, skip",
            ),
            ("gradient", "[data]\ntaks = 'jets'", "unknown key data.taks; did you mean data.task?"),
            (
                "anneal",
                "[network]\nlayer = [3]",
                "unknown key network.layer; did you mean network.layers?",
            ),
            (
                "anneal",
                "[anneal]\nsweep = 3",
                "unknown key anneal.sweep; did you mean anneal.sweeps?",
            ),
            ("prune", "[prune]\nlut = [30]", "unknown key prune.lut; did you mean prune.luts?"),
            ("prune", "[teachr]\nfolds = 3", "unknown key teachr; did you mean teacher?"),
        ],
    )
    def test_a_key_is_named_with_a_suggestion(self, method, text, sentence):
        assert refusal(f"method = '{method}'\n{text}\n").startswith(f"own.toml: {sentence}")

    def test_so_is_one_of_a_flag(self):
        assert refusal("", "network.mlp.deep=3") == (
            "--set: unknown key network.mlp.deep; did you mean network.mlp.depth?"
        )
        assert refusal("method = 'anneal'", "anneal.sweep=3") == (
            "--set: unknown key anneal.sweep; did you mean anneal.sweeps?"
        )

    def test_a_section_must_be_a_table(self):
        assert refusal("[network]\nmlp = 3") == (
            "own.toml: network.mlp must be a table, write it as [network.mlp]"
        )


BAD = [
    ("gradient", "network.bits", "40", "40 must be at most 8"),
    ("gradient", "network.neuron", '"spiking"', "'spiking' is no family of neurons; use one of "),
    ("gradient", "network.mlp.depth", "0", "0 must be at least 1"),
    ("gradient", "network.polynomial.degree", "9", "9 must be at most 8"),
    ("gradient", "network.added.bits", "[4, 4]", "[4, 4] has 2 entries; the network has 5 layers"),
    ("gradient", "network.edges.bits", "1.5", "1.5 must be a whole number"),
    ("gradient", "network.lookup.learned_wires", '"yes"', "'yes' must be true or false"),
    ("gradient", "training.choose", '"luck"', "'luck' is not one of 'auto', 'accuracy', 'loss'"),
    (
        "gradient",
        "members.seed",
        "[1, 2]",
        "[1, 2] has 2 entries; training.population = 1, so leave",
    ),
    ("gradient", "data.kind", '"colour"', "'colour' is not one of 'auto', 'classes', 'binary'"),
    ("anneal", "network.layers", "[3, 0]", "[3, 0] must be at least 1"),
    ("anneal", "network.layers", "3", "3 must be a list, like [3]"),
    ("anneal", "anneal.first_fraction", "1.5", "1.5 must be at most 1"),
    (
        "anneal",
        "anneal.last_temperature",
        "1",
        "1 must not be above anneal.first_temperature = 5e-05",
    ),
    ("anneal", "network.outputs", '"bits"', "'bits' is not one of 'index', 'flags'"),
    ("prune", "prune.luts", "[]", "[] names no size at which a network is kept; give some"),
    ("prune", "prune.round_fraction", "1", "1 must be below 1"),
    (
        "prune",
        "data.feature_bits",
        "13",
        "13; codes are cut out of fixed-point words of 2 to 12 bits",
    ),
    ("prune", "teacher.folds", "1", "1 must be at least 2"),
    ("prune", "network.hidden", "true", "True must be a whole number"),
]


class TestValues:
    @pytest.mark.parametrize(("method", "dotted", "value", "sentence"), BAD)
    def test_a_bad_one_is_refused_with_file_key_value_and_fix(
        self, method, dotted, value, sentence
    ):
        section, _, key = dotted.rpartition(".")
        from_file = refusal(f"method = '{method}'\n[{section}]\n{key} = {value}\n")
        assert from_file.startswith(f"own.toml: {dotted} = {sentence}"), from_file
        from_flag = refusal(f"method = '{method}'\n", f"{dotted}={value}")
        assert from_flag.startswith(f"--set: {dotted} = {sentence}"), from_flag

    def test_a_rule_between_two_settings_names_where_one_of_them_stands(self):
        text = "method = 'prune'\n[teacher]\nrun = 'a'\nmembers = 2\n"
        assert refusal(text) == (
            "own.toml: teacher.run = 'a' and teacher.members = 2 are two teachers; keep one of them"
        )

    @pytest.mark.parametrize(
        ("make", "sentence"),
        [
            (lambda: NetworkConfig(bits=40), "NetworkConfig: bits = 40 must be at most 8"),
            (
                lambda: NetworkConfig(hidden=64),
                "NetworkConfig: hidden = 64 must be a list, like [64]",
            ),
            (lambda: MlpSettings(depth=17), "MlpSettings: depth = 17 must be at most 16"),
            (lambda: TrainingConfig(epochs=0), "TrainingConfig: epochs = 0 must be at least 1"),
            (
                lambda: TrainingConfig(choose="luck"),
                "TrainingConfig: choose = 'luck' is not one of",
            ),
            (lambda: MembersConfig(seed=(-1,)), "MembersConfig: seed = (-1,) must be at least 0"),
            (
                lambda: DataConfig(test_fraction=1.0),
                "DataConfig: test_fraction = 1.0 must be below 0.9",
            ),
            (lambda: LogicConfig(layers=(0,)), "LogicConfig: layers = (0,) must be at least 1"),
            (
                lambda: AnnealSchedule(sweeps=2.5),
                "ScheduleConfig: sweeps = 2.5 must be a whole number",
            ),
            (
                lambda: AnnealSchedule(first_temperature=1e-7),
                "anneal.last_temperature = 1e-06 must not be above anneal.first_temperature",
            ),
            (lambda: ShapeConfig(hidden=129), "ShapeConfig: hidden = 129 must be at most 128"),
            (lambda: PruneSchedule(luts=(0,)), "ScheduleConfig: luts = (0,) must be at least 1"),
            (lambda: TeacherConfig(folds="4"), "TeacherConfig: folds = '4' must be a whole number"),
            (
                lambda: PruneConfig(data=DataConfig(feature_bits=13)),
                "data.feature_bits = 13; codes are cut out of fixed-point words of 2 to 12 bits",
            ),
            (
                lambda: Config(
                    training=TrainingConfig(population=2), members=MembersConfig(seed=(1,))
                ),
                "members.seed = [1] has 1 entries; training.population = 2, so leave it out or",
            ),
            (
                lambda: replace(Config(), network=replace(NetworkConfig(), fan_in=(3, 3))),
                "network.fan_in = [3, 3] has 2 entries; the network has 5 layers",
            ),
        ],
    )
    def test_so_is_one_from_python(self, make, sentence):
        with pytest.raises(ConfigError) as caught:
            make()
        assert str(caught.value).startswith(sentence)

    def test_numbers_of_numpy_and_paths_are_taken_from_python(self):
        config = TrainingConfig(epochs=np.int64(3), learning_rate=np.float32(0.5), weight_decay=0)
        assert (config.epochs, config.learning_rate, config.weight_decay) == (3, 0.5, 0.0)
        assert {type(config.epochs), type(config.learning_rate)} == {int, float}
        assert type(config.weight_decay) is float
        assert DataConfig(path=Path("samples")).path == "samples"
        assert NetworkConfig(hidden=[np.int32(4), 5]).hidden == (4, 5)

    @pytest.mark.parametrize("method", known_methods())
    def test_settings_stay_as_they_are(self, method):
        config = find_method(method).config()
        for entry in fields(config):
            section = getattr(config, entry.name)
            with pytest.raises(FrozenInstanceError):
                setattr(section, fields(section)[0].name, 3)


class TestFiles:
    @pytest.mark.parametrize("name", shipped_configs())
    def test_every_config_that_is_shipped_is_read_and_reads_back(self, name):
        loaded = load_config(resolve_config(name))
        assert loaded.name == name
        again = parse_config(loaded.to_toml(), source="again", name=name)
        assert (again.method, again.config) == (loaded.method, loaded.config)

    def test_families_read_back_too(self):
        network = NetworkConfig(
            neuron=("linear", "mlp"), hidden=(3,), families={"mlp": MlpSettings(depth=2)}
        )
        text = config_to_toml("gradient", Config(network=network))
        assert "[network.mlp]\ndepth = 2\n" in text
        assert parse_config(text, source="x", name="x").config.network == network

    @pytest.mark.parametrize(
        "content", [b"[training]\nepochs = 'many'\n", b"epochs =", b"\xff\xfe\x00"]
    )
    def test_a_damaged_file_is_refused_by_name(self, tmp_path, content):
        (tmp_path / "config.toml").write_bytes(content)
        with pytest.raises(ConfigError, match=r"config\.toml"):
            load_config(tmp_path / "config.toml")

    def test_a_name_that_is_no_config_is_refused_with_those_that_are(self):
        with pytest.raises(
            ConfigError, match="there is no config 'jsc-xxl'; give a file, or one of:"
        ):
            resolve_config("jsc-xxl")


class TestMoreSettings:
    def test_they_win_and_are_checked(self):
        loaded = read("method = 'anneal'\n[anneal]\nsweeps = 3\nstarts = 2\n")
        changed = with_settings(loaded, {"anneal.sweeps": 7, "network.layers": [4, 2]})
        assert changed.config.anneal == replace(loaded.config.anneal, sweeps=7)
        assert changed.config.network.layers == (4, 2)
        assert (changed.name, changed.method) == ("own", "anneal")
        assert with_settings(loaded, {}) is loaded
        with pytest.raises(ConfigError) as caught:
            with_settings(loaded, {"anneal.sweeps": 0})
        assert str(caught.value) == "settings: anneal.sweeps = 0 must be at least 1"
        with pytest.raises(ConfigError, match=r"settings: unknown key anneal\.sweep; did you mean"):
            with_settings(loaded, {"anneal.sweep": 3})

    @pytest.mark.parametrize(
        ("value", "read_as"),
        [
            ("samples", "samples"),
            ("true", "true"),
            ("3", "3"),
            ("C:\\data\\x", "C:\\data\\x"),
            ('say "x"\n', 'say "x"\n'),
            ("/größe/😀", "/größe/😀"),
            (Path("some") / "where", "some/where"),
        ],
    )
    def test_texts_come_as_they_are(self, value, read_as):
        assert with_settings(read(""), {"data.path": value}).config.data.path == read_as

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("training.epochs", np.int64(3)),
            ("training.learning_rate", np.float32(0.5)),
            ("network.hidden", np.array([3, 4])),
            ("network.hidden", (3, 4)),
            ("network.bits", [np.uint8(2)] * 5),
        ],
    )
    def test_so_do_numbers_and_lists(self, key, value):
        tables = dict(flat(plain(with_settings(read(""), {key: value}).config)))
        assert tables[key] == (value if np.ndim(value) == 0 else list(value))

    @pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 3, b"x", 3j])
    def test_what_no_setting_can_be_is_refused(self, value):
        with pytest.raises(
            ConfigError, match="is no value of a setting; use a number, a text or a"
        ):
            as_assignments({"training.epochs": value})

    def test_tables_from_python_are_read_like_a_file(self):
        tables = {"method": "prune", "prune": {"luts": (30, 20)}}
        loaded = from_tables(tables, source="a dictionary", name="own")
        assert loaded.config == PruneConfig(prune=PruneSchedule(luts=(30, 20)))
        with pytest.raises(ConfigError, match=r"a dictionary: prune\.luts = 30 must be a list"):
            from_tables({"method": "prune", "prune": {"luts": 30}}, source="a dictionary", name="x")
        assert AnnealConfig() == from_tables({"method": "anneal"}, source="x", name="x").config
