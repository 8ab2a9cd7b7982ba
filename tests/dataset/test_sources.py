"""Archives of samples are read into one canonical shape, or refused without harm."""

import io
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reference.damaged_files import (
    HTML_PAGE,
    archive_bytes,
    damaged,
    trapped_array,
    with_member,
)

from logicjsc.core.errors import DataError
from logicjsc.dataset import Samples, bundled_sample, load_samples
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def example_arrays(samples: int = 20, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {
        "X": rng.normal(size=(samples, 16)).astype(np.float32),
        "y": np.arange(samples) % 5,
        "features": np.array(FEATURE_NAMES),
        "classes": np.array(CLASS_NAMES),
    }


def write(path: Path, **changes: Any) -> Path:
    arrays = {**example_arrays(), **changes}
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def assert_same_samples(found: Samples, arrays: dict[str, Array]) -> None:
    np.testing.assert_array_equal(found.features, arrays["X"])
    np.testing.assert_array_equal(found.labels, arrays["y"])


@pytest.fixture(scope="module")
def sample() -> Samples:
    return bundled_sample()


def test_the_bundled_sample_holds_50_000_balanced_samples_and_says_what_they_are(sample):
    assert sample.features.shape == (50_000, 16)
    assert np.bincount(sample.labels).tolist() == [10_000] * 5
    assert sample.feature_names == FEATURE_NAMES
    assert sample.class_names == CLASS_NAMES
    assert "re-created" in sample.source


def test_the_bundled_sample_is_small_and_already_in_canonical_order():
    path = resources.files("logicjsc.tasks.jets") / "sample.npz"
    content = path.read_bytes()
    assert len(content) < 5_000_000
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        assert tuple(archive["features"]) == FEATURE_NAMES
        assert tuple(archive["classes"]) == CLASS_NAMES


def test_the_bundled_sample_looks_like_samples_of_its_classes(sample):
    means = {
        (name, label): sample.features[sample.labels == index, FEATURE_NAMES.index(name)].mean()
        for name in ("mass_mmdt", "multiplicity")
        for index, label in enumerate(CLASS_NAMES)
    }
    # A top sample weighs more than a Z, a Z more than a W, a W more than a light quark or gluon.
    order = ["t", "z", "w"]
    masses = [means["mass_mmdt", label] for label in order]
    assert masses == sorted(masses, reverse=True)
    assert means["mass_mmdt", "w"] > max(means["mass_mmdt", "q"], means["mass_mmdt", "g"])
    # Gluons radiate more than quarks.
    assert means["multiplicity", "g"] > means["multiplicity", "q"]


def test_the_bundled_sample_has_no_repeated_samples(sample):
    assert len(np.unique(sample.features, axis=0)) == len(sample)


def test_an_archive_is_read_as_it_is(tmp_path):
    path = write(tmp_path / "samples.npz")
    samples = load_samples(path)
    assert_same_samples(samples, example_arrays())
    assert (samples.source, samples.split) == (str(path), "all")


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("labels", ["u1", ">i2", "<i8", "<u8"])
def test_any_float_and_any_integer_type_will_do(tmp_path, dtype, labels):
    arrays = example_arrays()
    half = arrays["X"].astype(np.float16)
    path = write(tmp_path / "samples.npz", X=half.astype(dtype), y=arrays["y"].astype(labels))
    assert_same_samples(load_samples(path), {**arrays, "X": half.astype(np.float32)})


@given(columns=st.permutations(range(16)), classes=st.permutations(range(5)))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_permuted_columns_and_classes_are_put_right(tmp_path, columns, classes):
    arrays = example_arrays()
    renumbered = [classes.index(label) for label in arrays["y"]]
    path = write(
        tmp_path / "samples.npz",
        X=arrays["X"][:, columns],
        y=np.array(renumbered),
        features=arrays["features"][columns],
        classes=arrays["classes"][classes],
    )
    assert_same_samples(load_samples(path), arrays)


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    parts = [example_arrays(samples, seed) for seed, samples in enumerate((4, 3, 2))]
    for name, arrays in zip(("b", "c", "a"), parts, strict=True):
        np.savez(tmp_path / f"{name}.npz", **arrays)
    (tmp_path / "notes.txt").write_text("no samples")
    samples = load_samples(tmp_path)
    ordered = [parts[2], parts[0], parts[1]]
    assert_same_samples(
        samples, {name: np.concatenate([part[name] for part in ordered]) for name in ("X", "y")}
    )
    assert samples.source == str(tmp_path)


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataError, match=f"there are no samples at {tmp_path}/none.npz"):
        load_samples(tmp_path / "none.npz")
    with pytest.raises(DataError, match=f"{tmp_path} holds no .npz files of samples"):
        load_samples(tmp_path)


@pytest.mark.parametrize("member", ["X", "y", "features", "classes"])
def test_a_missing_array_is_named(tmp_path, member):
    path = write(tmp_path / "samples.npz", **{member: None})
    message = f"{path} has no array '{member}'; needed: X, y, features, classes"
    with pytest.raises(DataError, match=message):
        load_samples(path)


def swapped(names: tuple[str, ...], place: int, name: str) -> Array:
    return np.array([*names[:place], name, *names[place + 1 :]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": np.zeros((20, 15), "f4")}, r"X has shape \(20, 15\), but 16 features are named"),
        ({"X": np.zeros(320, "f4")}, r"X has shape \(320,\), but 16 features are named"),
        ({"X": np.zeros((20, 16), int)}, "X must hold floats and y integers, not int64 and int64"),
        ({"y": np.zeros(20)}, "X must hold floats and y integers, not float32 and float64"),
        ({"y": np.array(["g"] * 20)}, "X must hold floats and y integers, not float32 and <U1"),
        ({"y": np.full(20, 5)}, "y must hold one class index below 5 per sample"),
        ({"y": np.full(20, -1)}, "y must hold one class index below 5 per sample"),
        ({"y": np.zeros((20, 5), int)}, "y must hold one class index below 5 per sample"),
        ({"y": np.zeros(19, int)}, r"20 samples but labels of shape \(19,\)"),
        (
            {"features": swapped(FEATURE_NAMES, 14, "mass")},
            "has no feature 'mass_mmdt'; it has zlogz, .*, mass, multiplicity",
        ),
        (
            {"X": np.zeros((20, 15), "f4"), "features": np.array(FEATURE_NAMES[1:])},
            "has no feature 'zlogz'; it has c1_b0_mmdt",
        ),
        (
            {"X": np.zeros((20, 17), "f4"), "features": np.array([*FEATURE_NAMES, "tau21"])},
            "unexpected or repeated feature 'tau21'",
        ),
        (
            {"X": np.zeros((20, 17), "f4"), "features": np.array([*FEATURE_NAMES, "zlogz"])},
            "unexpected or repeated feature 'zlogz'",
        ),
        ({"classes": swapped(CLASS_NAMES, 2, "b")}, "has no class 't'; it has g, q, b, w, z"),
        ({"classes": np.array([*CLASS_NAMES, "h"])}, "unexpected or repeated class 'h'"),
        ({"classes": np.array("gqtwz"), "y": np.zeros(20, int)}, "has no class 'g'; it has gqtwz"),
        (
            {"features": np.array("zlogz"), "X": np.zeros((20, 1), "f4")},
            "has no feature 'c1_b0_mmdt'; it has zlogz",
        ),
        ({"X": np.zeros((0, 16), "f4"), "y": np.zeros(0, int)}, "there are no samples"),
    ],
)
def test_contents_that_are_no_samples_are_refused_by_name(tmp_path, changes, message):
    path = write(tmp_path / "samples.npz", **changes)
    with pytest.raises(DataError, match=f"^{path}.*{message}"):
        load_samples(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_a_bad_value_is_named_by_its_feature_even_in_permuted_columns(tmp_path, value):
    arrays = example_arrays()
    wide = arrays["X"].astype(np.float64)
    wide[7, FEATURE_NAMES.index("n2_b1_mmdt")] = value
    path = write(tmp_path / "samples.npz", X=wide[:, ::-1], features=arrays["features"][::-1])
    with pytest.raises(DataError, match=f"^{path}: feature n2_b1_mmdt of sample 7 is (nan|inf) "):
        load_samples(path)


def test_a_bad_file_in_a_folder_is_named(tmp_path):
    write(tmp_path / "a.npz")
    arrays = example_arrays()
    arrays["X"][1, 1] = np.nan
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(
        DataError, match=f"^{tmp_path}/b.npz: feature c1_b0_mmdt of sample 1 is nan"
    ):
        load_samples(tmp_path)


@pytest.mark.parametrize("member", ["X", "y", "features", "classes"])
def test_a_pickled_array_is_refused_without_executing_it(tmp_path, member):
    evidence = tmp_path / "executed"
    path = write(tmp_path / "samples.npz", **{member: trapped_array(evidence)})
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples.*allow_pickle"):
        load_samples(path)
    assert not evidence.exists()


def test_a_pickle_in_place_of_an_archive_is_refused_without_executing_it(tmp_path):
    import pickle

    evidence = tmp_path / "executed"
    path = tmp_path / "samples.npz"
    path.write_bytes(pickle.dumps(trapped_array(evidence)))
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples"):
        load_samples(path)
    assert not evidence.exists()


def npy(array: Array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


ARCHIVE = archive_bytes(example_arrays(6), compressed=False)
COMPRESSED = archive_bytes(example_arrays(6))
SMALL = {**example_arrays(6)}


def claiming(shape: str) -> bytes:
    """The archive with an ``X`` that claims another shape in its header."""
    old = npy(SMALL["X"])
    start = old.index(b"(6, 16)")
    header = old[:start] + shape.encode()
    rest = old[start + 7 :]
    spare = len(shape) - 7  # the header is padded with blanks
    return with_member(ARCHIVE, "X.npy", header + rest.replace(b" " * spare, b"", 1))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML_PAGE,
        b"PK\x05\x06" + bytes(18),
        ARCHIVE[: len(ARCHIVE) // 2],
        npy(SMALL["X"]),
        with_member(ARCHIVE, "X.npy", b""),
        with_member(ARCHIVE, "X.npy", b"no array"),
        with_member(ARCHIVE, "X.npy", b"\x93NUMPY\x01\x00\x05\x00{'x'["),
        with_member(ARCHIVE, "X.npy", b"\x93NUMPY\x09\x00"),
        with_member(ARCHIVE, "features.npy", b"zlogz"),
        claiming("(7, 16)"),
        claiming("(9999999999999, 16)"),
        claiming("(99999999999999999999999, 16)"),
        claiming("(-6, 16)"),
    ],
    ids=[
        "empty",
        "web page",
        "empty zip",
        "half",
        "single array",
        "empty member",
        "text member",
        "torn header",
        "future version",
        "text names",
        "claims too much",
        "claims terabytes",
        "claims more than 64 bits",
        "claims a negative shape",
    ],
)
def test_a_file_that_is_no_archive_of_samples_is_refused(tmp_path, content):
    path = tmp_path / "samples.npz"
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=f"^{path} (is not an .npz file of samples, or is damaged|has no array)"
    ):
        load_samples(path)


def replaced(old: bytes, new: bytes, member: str = "X") -> Callable[[bytes], bytes]:
    """Change the bytes after the beginning of ``member``, as a flipped bit would."""

    def change(content: bytes) -> bytes:
        start = content.index(f"{member}.npy".encode())
        place = content.index(old, start)
        return content[:place] + new + content[place + len(old) :]

    return change


@pytest.mark.parametrize(
    "change",
    [
        replaced(b"<f4", b"<f2"),
        replaced(b"<i8", b"<i4", "y"),
        replaced(b"(2000, 16)", b"(1000, 16)"),
        replaced(b"False", b"True "),
    ],
    ids=["narrower floats", "narrower integers", "fewer samples", "other order"],
)
def test_a_header_that_reads_only_part_of_an_array_does_not_escape_the_checksum(tmp_path, change):
    # Long members: zipfile reads a short one, and its checksum, in one go.
    content = archive_bytes(example_arrays(2000), compressed=False)
    path = tmp_path / "samples.npz"
    path.write_bytes(change(content))
    assert path.read_bytes() != content
    with pytest.raises(DataError, match=f"{path} is not an .npz file of samples, or is damaged"):
        load_samples(path)


@given(content=st.one_of(damaged(ARCHIVE), damaged(COMPRESSED), st.binary(max_size=100)))
@example(content=ARCHIVE)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header")
def test_a_damaged_archive_holds_the_same_samples_or_is_refused(tmp_path, content):
    path = tmp_path / "samples.npz"
    path.write_bytes(content)
    try:
        samples = load_samples(path)
    except DataError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert_same_samples(samples, SMALL)
