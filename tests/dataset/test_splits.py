"""Train, validation and test never share a sample, and depend on the config only."""

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logicjsc.core.errors import DataError
from logicjsc.dataset import Dataset, Samples, load_dataset
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_test
from logicjsc.dataset.provenance import Provenance
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def write(path: Path, per_class: list[int], first: int = 0) -> Path:
    """Samples of which the first feature is their number and the second their class."""
    labels = np.repeat(np.arange(5), per_class)
    np.random.default_rng(first).shuffle(labels)
    features = np.zeros((labels.size, 16), np.float32)
    features[:, 0] = first + np.arange(labels.size)
    features[:, 1] = labels
    np.savez(
        path,
        X=features,
        y=labels,
        features=np.array(FEATURE_NAMES),
        classes=np.array(CLASS_NAMES),
    )
    return path


def of(path: str, **settings: Any) -> DataConfig:
    return DataConfig(path, task="jets", **settings)


def numbers(part: Samples) -> list[int]:
    np.testing.assert_array_equal(part.features[:, 1], part.targets)
    return part.features[:, 0].astype(int).tolist()


def parts(splits: Dataset) -> list[list[int]]:
    return [numbers(part) for part in (splits.train, splits.validation, splits.test)]


@given(
    per_class=st.lists(st.integers(10, 60), min_size=5, max_size=5),
    validation=st.floats(0.1, 0.45),
    test=st.floats(0.1, 0.8),
    seed=st.integers(0, 5),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_sample_is_in_exactly_one_part_and_every_class_is_divided_alike(
    tmp_path, per_class, validation, test, seed
):
    path = write(tmp_path / "samples.npz", per_class)
    config = of(str(path), validation_fraction=validation, test_fraction=test, split_seed=seed)
    splits = load_dataset(config)
    assert sorted(chain(*parts(splits))) == list(range(sum(per_class)))
    for label, total in enumerate(per_class):
        tested = np.count_nonzero(splits.test.targets == label)
        validated = np.count_nonzero(splits.validation.targets == label)
        assert abs(tested - test * total) <= 0.5
        assert abs(validated - validation * (total - tested)) <= 0.5


def test_the_samples_of_a_task_are_divided_by_default():
    splits = load_dataset(DataConfig(task="jets"))
    assert [len(splits.train), len(splits.validation), len(splits.test)] == [36_000, 4_000, 10_000]
    for part, name in zip(
        (splits.train, splits.validation, splits.test),
        ("train", "validation", "test"),
        strict=True,
    ):
        assert part.part == name
        assert np.bincount(part.targets).tolist() == [len(part) // 5] * 5
    together = np.concatenate(
        [splits.train.features, splits.validation.features, splits.test.features]
    )
    assert len(np.unique(together, axis=0)) == 50_000


def test_the_division_depends_on_the_seed_only(tmp_path):
    config = of(str(write(tmp_path / "samples.npz", [40] * 5)), split_seed=1)
    first, again = load_dataset(config), load_dataset(config)
    other = load_dataset(replace(config, split_seed=2))
    assert parts(first) == parts(again)
    assert first.fingerprint() == again.fingerprint()
    for mine, others in zip(parts(first), parts(other), strict=True):
        assert mine != others
    assert first.fingerprint() != other.fingerprint()


def test_the_fingerprint_tells_the_parts_apart(tmp_path):
    splits = load_dataset(of(str(write(tmp_path / "samples.npz", [40] * 5))))
    swapped = Dataset(splits.train, splits.test, splits.validation)
    assert splits.fingerprint() != swapped.fingerprint()
    assert len(set(splits.fingerprint().split("-"))) == 3


def test_other_sizes_of_validation_do_not_change_the_test_part(tmp_path):
    config = of(str(write(tmp_path / "samples.npz", [40] * 5)))
    few = load_dataset(replace(config, validation_fraction=0.05, train_samples=30))
    many = load_dataset(replace(config, validation_fraction=0.4))
    assert numbers(few.test) == numbers(many.test)


def test_files_with_the_word_test_in_their_name_are_the_test_part_of_a_folder(tmp_path):
    write(tmp_path / "a.npz", [20] * 5)
    write(tmp_path / "latest.npz", [10] * 5, first=1000)
    write(tmp_path / "my_test_1.npz", [4] * 5, first=2000)
    write(tmp_path / "test.npz", [3] * 5, first=3000)
    splits = load_dataset(of(str(tmp_path), test_fraction=0.7))
    train, validation, test = parts(splits)
    assert test == [*range(2000, 2020), *range(3000, 3015)]
    assert sorted(train + validation) == [*range(100), *range(1000, 1050)]
    assert len(validation) == 15
    assert splits.test.part == "test"


def test_a_single_file_is_divided_even_with_test_in_its_name(tmp_path):
    splits = load_dataset(of(str(write(tmp_path / "test.npz", [50] * 5))))
    assert [len(part) for part in parts(splits)] == [180, 20, 50]


def test_a_folder_with_test_in_its_name_is_divided(tmp_path):
    folder = tmp_path / "test"
    folder.mkdir()
    write(folder / "samples.npz", [50] * 5)
    splits = load_dataset(of(str(folder)))
    assert [len(part) for part in parts(splits)] == [180, 20, 50]


def test_a_folder_of_test_files_only_is_refused(tmp_path):
    write(tmp_path / "test.npz", [50] * 5)
    with pytest.raises(DataError, match=f"{tmp_path} holds test files only; nothing is left to"):
        load_dataset(of(str(tmp_path)))


def test_train_samples_takes_some_of_the_training_samples_and_touches_nothing_else(tmp_path):
    config = of(str(write(tmp_path / "samples.npz", [50] * 5)))
    everything = load_dataset(config)
    some = load_dataset(replace(config, train_samples=30))
    assert len(some.train) == 30
    assert len(set(numbers(some.train)) & set(numbers(everything.train))) == 30
    # Drawn, not the first ones: files are often sorted by class.
    assert sorted(numbers(some.train)) != numbers(everything.train)[:30]
    assert parts(some)[1:] == parts(everything)[1:]
    assert parts(some) == parts(load_dataset(replace(config, train_samples=30)))
    assert sorted(numbers(load_dataset(replace(config, train_samples=180)).train)) == numbers(
        everything.train
    )


def test_more_train_samples_than_there_are_is_refused(tmp_path):
    path = write(tmp_path / "samples.npz", [50] * 5)
    message = f"data.train_samples = 181, but {path} leaves 180 samples for training"
    with pytest.raises(DataError, match=message):
        load_dataset(of(str(path), train_samples=181))


@pytest.mark.parametrize(
    ("per_class", "test_fraction"),
    [
        ([2] * 5, 0.2),  # nothing to test on
        ([1] * 5, 0.8),  # nothing to train on
        ([4] * 5, 0.2),  # nothing to validate on
    ],
)
def test_too_few_samples_are_refused(tmp_path, per_class, test_fraction):
    path = write(tmp_path / "samples.npz", per_class)
    with pytest.raises(DataError, match=f"{path} has too few samples to divide: "):
        load_dataset(of(str(path), test_fraction=test_fraction))


def test_too_few_samples_beside_a_test_file_are_refused(tmp_path):
    write(tmp_path / "a.npz", [1] * 5)
    write(tmp_path / "test.npz", [50] * 5)
    with pytest.raises(DataError, match=r"a\.npz has too few samples to divide: 5"):
        load_dataset(of(str(tmp_path)))


def test_a_place_without_samples_is_refused(tmp_path):
    with pytest.raises(DataError, match=f"there are no samples at {tmp_path}/none.npz"):
        load_dataset(of(str(tmp_path / "none.npz")))


def test_the_published_split_is_drawn_from_all_rows_by_random_state_42(tmp_path):
    config = of(str(write(tmp_path / "samples.npz", [41] * 5)), split="sklearn-80-20")
    splits = load_dataset(config)
    # The rule in words: the first fifth, rounded up, of a permutation by numpy's old generator.
    order = np.random.RandomState(42).permutation(205)
    assert numbers(splits.test) == order[:41].tolist()
    assert sorted(chain(*parts(splits))) == list(range(205))
    assert splits.config == config
    reseeded = load_dataset(replace(config, split_seed=3, test_fraction=0.5))
    assert numbers(reseeded.test) == numbers(splits.test)
    assert numbers(reseeded.validation) != numbers(splits.validation)


def test_the_published_split_knows_no_test_files(tmp_path):
    write(tmp_path / "a.npz", [20] * 5)
    write(tmp_path / "test.npz", [20] * 5, first=1000)
    splits = load_dataset(of(str(tmp_path), split="sklearn-80-20"))
    together = [*range(100), *range(1000, 1100)]
    assert sorted(chain(*parts(splits))) == together
    order = np.random.RandomState(42).permutation(200)
    assert numbers(splits.test) == [together[row] for row in order[:40]]


def test_a_division_by_file_needs_test_files(tmp_path):
    path = write(tmp_path / "a.npz", [20] * 5)
    for place in (path, tmp_path):
        message = (
            f"data.split = 'file', but {place} is no folder with a file of samples that has test"
        )
        with pytest.raises(DataError, match=message):
            load_dataset(of(str(place), split="file"))
    with pytest.raises(DataError, match=r"but bundled sample .* is no folder"):
        load_dataset(DataConfig(task="jets", split="file"))
    write(tmp_path / "test.npz", [4] * 5, first=1000)
    by_file = load_dataset(of(str(tmp_path), split="file"))
    assert by_file.fingerprint() == load_dataset(of(str(tmp_path))).fingerprint()


@pytest.mark.parametrize("split", ["ours", "sklearn-80-20"])
def test_samples_of_one_class_are_refused(tmp_path, split):
    path = write(tmp_path / "samples.npz", [0, 0, 0, 50, 0])
    with pytest.raises(DataError, match=f"{path} holds samples of one class only, w"):
        load_dataset(of(str(path), split=split))


@pytest.mark.parametrize("samples", [1, 2])
def test_too_few_samples_for_the_published_split_are_refused(tmp_path, samples):
    path = write(tmp_path / "samples.npz", [samples, 0, 0, 0, 0])
    with pytest.raises(DataError, match=f"{path} has too few samples to divide: 1"):
        load_dataset(of(str(path), split="sklearn-80-20"))


def test_where_samples_come_from_is_told_in_words(tmp_path):
    path = write(tmp_path / "samples.npz", [40] * 5)
    splits = load_dataset(of(str(path), split="sklearn-80-20"))
    told = Provenance.of(splits).to_dict()
    assert told["source"] == str(path)
    assert told["config"]["split"] == "sklearn-80-20"
    assert told["fingerprint"] == splits.fingerprint()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("rule", ["ours", "sklearn-80-20"])
def test_the_test_part_alone_is_that_of_all_three(tmp_path, named, rule):
    write(tmp_path / "samples_a.npz", [40] * 5)
    write(tmp_path / ("samples_test.npz" if named else "samples_b.npz"), [20] * 5, 200)
    config = of(str(tmp_path), split=rule)
    expected = load_dataset(config).test
    alone = load_test(config)
    assert alone.fingerprint() == expected.fingerprint()
    assert (alone.source, alone.part) == (expected.source, expected.part)
    if named and rule == "ours":
        (tmp_path / "samples_a.npz").unlink()
        assert load_test(config).fingerprint() == expected.fingerprint()
