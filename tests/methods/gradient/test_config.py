"""Settings of the gradient method are checked wherever they come from, those of families, too."""

from dataclasses import dataclass, fields, replace

import pytest
import tomli_w

from logicjsc.core.errors import ConfigError
from logicjsc.core.settings import Section, known_sections, plain, setting
from logicjsc.methods.gradient.config import (
    Config,
    DistillationConfig,
    MembersConfig,
    NetworkConfig,
    TrainingConfig,
    learning_epochs,
)
from logicjsc.methods.gradient.families import family as registry
from logicjsc.methods.gradient.families.added import AddedSettings
from logicjsc.methods.gradient.families.edges import EdgesSettings
from logicjsc.methods.gradient.families.family import (
    Family,
    NoSettings,
    family_sections,
    find_family,
    known_families,
    register_family,
)
from logicjsc.methods.gradient.families.lookup import LookupSettings
from logicjsc.methods.gradient.families.mlp import MlpSettings
from logicjsc.methods.gradient.families.polynomial import PolynomialSettings
from logicjsc.methods.loading import config_to_toml, parse_config

SECTIONS = (
    NetworkConfig,
    TrainingConfig,
    MembersConfig,
    MlpSettings,
    PolynomialSettings,
    AddedSettings,
    EdgesSettings,
    LookupSettings,
)


def bounded():
    """Each bound of each setting: its section, key, word and number."""
    for section in SECTIONS:
        for entry in fields(section):
            for word, bound in entry.metadata.get("bounds", {}).items():
                yield pytest.param(
                    section, entry, word, bound, id=f"{section.__name__}.{entry.name}"
                )


def holding(section, entry, number):
    """The section with a number in a setting, in as many entries as there must be."""
    default = entry.default
    if isinstance(default, tuple):
        pairs = {"betas": (0.5, number), "skips": ((0, number),)}
        return section(**{entry.name: pairs.get(entry.name, (number,))})
    return section(**{entry.name: number})


@pytest.mark.parametrize(("section", "entry", "word", "bound"), list(bounded()))
def test_every_bound_is_checked_on_construction(section, entry, word, bound):
    low, inclusive = word in {"at_least", "above"}, word in {"at_least", "at_most"}
    whole = isinstance(bound, int)
    step = 1 if whole else 1e-6
    outside = bound - step if low else bound + step
    refused = [outside] if inclusive else [outside, bound]
    for number in refused:
        with pytest.raises(ConfigError) as caught:
            holding(section, entry, number)
        sentence = str(caught.value)
        assert sentence.startswith(f"{section.__name__}: {entry.name} = ")
        phrase = {"at_least": "at least", "at_most": "at most"}.get(word, word)
        assert sentence.endswith(f"must be {phrase} {bound:g}")


@pytest.mark.parametrize(
    ("section", "key", "value", "sentence"),
    [
        (NetworkConfig, "bits", 40, "bits = 40 must be at most 8"),
        (NetworkConfig, "bits", (2, 2, 2, 2, 40), "bits = (2, 2, 2, 2, 40) must be at most 8"),
        (NetworkConfig, "bits", 2.0, "bits = 2.0 must be a whole number"),
        (NetworkConfig, "bits", True, "bits = True must be a whole number"),
        (NetworkConfig, "hidden", 3, "hidden = 3 must be a list, like [3]"),
        (NetworkConfig, "kind", "spars", "kind = 'spars' is not one of 'sparse', 'dense'"),
        (NetworkConfig, "skips", ((0, 1, 2),), "skips = ((0, 1, 2),) needs 2 entries, not 3"),
        (NetworkConfig, "input_bias", float("nan"), "input_bias = nan must be finite"),
        (TrainingConfig, "betas", (0.5,), "betas = (0.5,) needs 2 entries, not 1"),
        (TrainingConfig, "seed", 2**63, "seed = 9223372036854775808 is too large"),
        (DistillationConfig, "run", 3, "run = 3 must be a string"),
        (LookupSettings, "learned_wires", 1, "learned_wires = 1 must be true or false"),
        (EdgesSettings, "bits", (2, 2.5), "bits = (2, 2.5) must be a whole number"),
    ],
)
def test_so_are_types_and_choices(section, key, value, sentence):
    with pytest.raises(ConfigError) as caught:
        section(**{key: value})
    assert str(caught.value) == f"{section.__name__}: {sentence}"
    with pytest.raises(ConfigError) as caught:
        replace(section(), **{key: value})
    assert str(caught.value) == f"{section.__name__}: {sentence}"


RULES = [
    ({"bits": (2, 2)}, "network.bits = [2, 2] has 2 entries; the network has 5 layers, the output"),
    ({"fan_in": (3,)}, "network.fan_in = [3] has 1 entries; the network has 5 layers, the output"),
    ({"neuron": ("mlp",)}, "network.neuron = ['mlp'] has 1 entries; the network has 5 layers"),
    (
        {"activation": ("signed", "rectified")},
        "network.activation = ['signed', 'rectified'] has 2 entries; the network has 4 hidden",
    ),
    ({"skips": ((0, 1),)}, "network.skips entry [0, 1] must run from an earlier layer"),
    ({"skips": ((1, 6),)}, "network.skips entry [1, 6] must run from an earlier layer"),
    (
        {"neuron": "spiking"},
        "network.neuron = 'spiking' is no family of neurons; use one of added,",
    ),
    (
        {"scores": "sum"},
        "network.scores = 'sum' needs a last layer that adds; set network.neuron to",
    ),
    (
        {"scores": "sum", "neuron": ("edges",) * 4 + ("mlp",)},
        "network.scores = 'sum' needs a last layer that adds; set network.neuron to one of 'a",
    ),
    ({"neuron": "lookup", "scores": "sum"}, "lookup neurons read bits; set network.thresholds,"),
    (
        {"neuron": ("linear",) + ("lookup",) * 4, "scores": "sum", "thresholds": 8},
        "lookup neurons read bits; set network.thresholds, such as to 8, and put no other",
    ),
    (
        {"neuron": "lookup", "thresholds": 8},
        "a last layer of lookup neurons needs network.scores = 'sum'",
    ),
    (
        {"families": {"added": AddedSettings(bits=(4, 4))}},
        "network.added.bits = [4, 4] has 2 entries; the network has 5 layers, the output layer",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), RULES)
def test_settings_that_do_not_go_together_are_refused(changes, sentence):
    with pytest.raises(ConfigError) as caught:
        NetworkConfig(**changes)
    assert str(caught.value).startswith(sentence)
    # From a file, what is said of where it stands comes before.
    families = {name: plain(own) for name, own in changes.get("families", {}).items()}
    network = {**plain(NetworkConfig()), **changes, **families}
    network.pop("families", None)
    with pytest.raises(ConfigError) as caught:
        parse_config(tomli_w.dumps({"network": network}), source="own.toml", name="own")
    assert str(caught.value).startswith(f"own.toml: {sentence}")


class TestFamilies:
    def test_a_family_has_its_defaults_if_nothing_is_said(self):
        config = NetworkConfig(neuron="mlp")
        assert config.families == {}
        assert config.settings_of("mlp") == MlpSettings()
        given = NetworkConfig(neuron="mlp", families={"mlp": MlpSettings(depth=2)})
        assert given.settings_of("mlp") == MlpSettings(depth=2)
        assert given.settings_of("added") == AddedSettings()
        assert given.settings_of("linear") == NoSettings()

    def test_sections_are_those_of_families_with_settings(self):
        named = {
            name for name, family in known_families().items() if family.settings is not NoSettings
        }
        assert named == {"added", "edges", "lookup", "mlp", "polynomial"}
        assert family_sections().keys() == known_sections(NetworkConfig).keys() == named
        for name in known_families():
            assert find_family(name).name == name

    def test_every_setting_of_a_family_is_explained(self):
        for section in family_sections().values():
            assert issubclass(section, Section)
            assert all(entry.metadata["help"] for entry in fields(section))

    def test_sections_are_read_and_written(self):
        text = (
            "[network]\nneuron = 'mlp'\nhidden = [4]\n"
            "[network.mlp]\ndepth = 3\n[network.edges]\nbits = [3, 4]\n"
        )
        config = parse_config(text, source="own.toml", name="own").config
        assert config.network.families == {
            "mlp": MlpSettings(depth=3),
            "edges": EdgesSettings(bits=(3, 4)),
        }
        written = config_to_toml("gradient", config)
        assert "[network.mlp]\ndepth = 3\nwidth = 8\nskip = 2\n" in written
        assert parse_config(written, source="again", name="own").config == config

    def test_flags_reach_them(self):
        config = parse_config(
            "[network.mlp]\ndepth = 3\n",
            source="own.toml",
            name="own",
            assignments=["network.mlp.depth=5", "network.mlp.width=2", "network.added.terms=3"],
        )
        assert config.config.network.families == {
            "mlp": MlpSettings(depth=5, width=2),
            "added": AddedSettings(terms=3),
        }
        origins = {key: origin for key, _, origin in config.rows()}
        assert origins["network.mlp.depth"] == origins["network.added.terms"] == "--set"
        assert origins["network.mlp.skip"] == "default"

    def test_a_family_of_somebody_else_has_a_section_too(self, monkeypatch):
        @dataclass(frozen=True)
        class HingeSettings(Section):
            """A setting of its own."""

            slope: float = setting(0.5, "slope below zero", at_least=0.0, below=1.0)

        monkeypatch.setattr(registry, "_registered", {})
        text = "[network]\nneuron = 'hinge'\n[network.hinge]\nslope = 0.25\n"
        with pytest.raises(ConfigError, match=r"own\.toml: unknown key network\.hinge"):
            parse_config(text, source="own.toml", name="own")
        register_family(Family("hinge", "bends", lambda _: None, HingeSettings))
        config = parse_config(text, source="own.toml", name="own").config
        assert config.network.settings_of("hinge") == HingeSettings(0.25)
        assert (
            parse_config(config_to_toml("gradient", config), source="x", name="x").config == config
        )
        with pytest.raises(ConfigError) as caught:
            parse_config(text, source="own.toml", name="own", assignments=["network.hinge.slope=1"])
        assert str(caught.value) == "--set: network.hinge.slope = 1 must be below 1"

    def test_a_family_that_is_not_there_is_refused_with_those_that_are(self):
        known = "added, edges, linear, lookup, mlp, polynomial"
        sentence = f"network.neuron = 'spiking' is no family of neurons; use one of {known}"
        for refused in (lambda: find_family("spiking"), lambda: NetworkConfig(neuron="spiking")):
            with pytest.raises(ConfigError) as caught:
                refused()
            assert str(caught.value) == sentence

    def test_an_import_is_not_needed_to_name_one(self):
        assert NetworkConfig(neuron=("mlp", "edges"), hidden=(3,)).neurons == ("mlp", "edges")
        assert NetworkConfig(neuron="mlp", hidden=(3, 4)).neurons == ("mlp",) * 3


def test_epochs_in_which_connections_are_learned():
    learning = replace(Config(), network=NetworkConfig(connectivity="straight-through"))
    assert learning_epochs(learning) == 15
    assert learning_epochs(Config()) == 0


def test_a_config_checks_its_sections_against_each_other():
    with pytest.raises(ConfigError, match=r"members\.seed = \[1, 2\] has 2 entries; training\.pop"):
        Config(members=MembersConfig(seed=(1, 2)))
    Config(members=MembersConfig(seed=(1, 2)), training=TrainingConfig(population=2))
    with pytest.raises(ConfigError, match="needs sparse neurons; leave it out"):
        Config(network=NetworkConfig(kind="dense", connectivity="dense-top-k"))
