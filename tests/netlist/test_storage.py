"""Netlists on disk: what is loaded is what was saved, or it is refused without harm."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
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
from reference.random_netlists import netlists, random_netlist

from logicjsc.core.errors import NetlistError, OutputError
from logicjsc.core.files import shipped
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.netlist import (
    Decoder,
    Encoder,
    Netlist,
    SumLayer,
    TableLayer,
    digest_of,
    load_netlist,
    save_netlist,
)


def first_with_tables_in_front(**sizes: int) -> Netlist:
    """The first random netlist whose first layer holds tables that read something."""
    drawn = (random_netlist(seed, **sizes) for seed in range(100))
    return next(
        netlist
        for netlist in drawn
        if netlist.layers and isinstance(netlist.layers[0], TableLayer) and netlist.layers[0].fan_in
    )


def with_ends(netlist: Netlist, seed: int = 0) -> Netlist:
    """The netlist with an encoder, and a decoder on one of its signals."""
    rng = np.random.default_rng(seed)
    inputs = netlist.inputs
    encoder = Encoder(
        ("größe", "b"),
        rng.integers(0, 2, inputs),
        np.sort(rng.normal(size=(inputs, 3)), axis=1),
        rng.integers(0, 2, (inputs, 4)),
    )
    signal = int(np.flatnonzero(netlist.widths <= 12)[-1])
    width, signed = int(netlist.widths[signal]), bool(netlist.signed[signal])
    scores = np.arange(1 << width, dtype=np.float32)
    if signed:
        scores = np.roll(scores, 1 << (width - 1))
    return replace(
        netlist,
        outputs=np.array([signal, signal]),
        encoder=encoder,
        decoder=Decoder(("g", "q"), scores, signed),
    )


def assert_equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    for entry in fields(expected):
        one, other = getattr(found, entry.name), getattr(expected, entry.name)
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        elif entry.name == "layers":
            assert len(one) == len(other)
            for layer, wanted in zip(one, other, strict=True):
                assert_equal(layer, wanted)
        elif entry.name in {"encoder", "decoder"} and other is not None:
            assert_equal(one, other)
        else:
            assert one == other


def members(path: Path) -> dict[str, Any]:
    with np.load(path) as archive:
        return dict(archive)


def saved_bytes(netlist: Netlist, folder: Path) -> bytes:
    save_netlist(netlist, folder / "net.npz")
    return (folder / "net.npz").read_bytes()


def rewritten(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """The archive after ``change(header, arrays)``."""
    arrays = members(path)
    header = json.loads(arrays.pop("header").tobytes())
    change(header, arrays)
    text = json.dumps(header).encode()
    np.savez(path, header=np.frombuffer(text, np.uint8), **arrays)
    return path


@given(netlist=netlists() | netlists(wrapping=True), seed=st.integers(0, 100), ends=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_loaded_is_what_was_saved(tmp_path, netlist, seed, ends):
    expected = with_ends(netlist, seed) if ends else netlist
    save_netlist(expected, tmp_path / "net.npz")
    found = load_netlist(tmp_path / "net.npz")
    assert_equal(found, expected)
    assert digest_of(found) == digest_of(expected)


def test_equal_netlists_give_equal_bytes_at_any_time(tmp_path):
    first = saved_bytes(with_ends(random_netlist(7)), tmp_path)
    assert saved_bytes(with_ends(random_netlist(7)), tmp_path) == first
    assert saved_bytes(load_netlist(tmp_path / "net.npz"), tmp_path) == first
    assert saved_bytes(with_ends(random_netlist(8)), tmp_path) != first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_sums_that_need_no_more_are_written_as_they_always_were(tmp_path):
    """Files and digests of before there were sums that wrap or drop bits."""
    netlist = random_netlist(5)
    assert digest_of(netlist) == (
        "13a4979e0dcf51b1ca095430d01b0a193d7c712da9cff108e7ec10a7bad50376"
    )
    number, layer = next(
        (number, layer)
        for number, layer in enumerate(netlist.layers)
        if isinstance(layer, SumLayer)
    )
    save_netlist(netlist, tmp_path / "net.npz")
    saved = members(tmp_path / "net.npz")
    assert f"{number}.wraps" not in saved
    assert saved[f"{number}.shifts"].dtype == np.uint8
    layers = list(netlist.layers)
    layers[number] = replace(layer, wraps=np.ones(layer.nodes, bool))
    save_netlist(replace(netlist, layers=tuple(layers)), tmp_path / "net.npz")
    assert members(tmp_path / "net.npz")[f"{number}.wraps"].all()
    assert digest_of(load_netlist(tmp_path / "net.npz")) != digest_of(netlist)


def test_equal_tables_of_other_types_give_equal_digests():
    netlist = random_netlist(7)
    wide = tuple(
        replace(layer, tables=layer.tables.astype(np.int64))
        if isinstance(layer, TableLayer)
        else layer
        for layer in netlist.layers
    )
    assert digest_of(replace(netlist, layers=wide)) == digest_of(netlist)


def test_the_digest_is_a_sha256_and_ignores_the_provenance_only():
    netlist = with_ends(random_netlist(7))
    digest = digest_of(netlist)
    assert len(digest) == 64
    assert int(digest, 16) > 0
    assert digest_of(replace(netlist, provenance={"another": "origin"})) == digest
    assert netlist.encoder is not None
    assert netlist.decoder is not None
    nudged = netlist.encoder.thresholds.copy()
    nudged[0, 0] = np.nextafter(nudged[0, 0], np.float32(-np.inf))
    others = [
        replace(netlist, name="other"),
        replace(netlist, input_names=("first", *netlist.input_names[1:])),
        replace(netlist, input_signed=~netlist.input_signed),
        replace(netlist, outputs=netlist.outputs - 1, decoder=None),
        replace(netlist, encoder=None),
        replace(netlist, decoder=None),
        replace(netlist, encoder=replace(netlist.encoder, thresholds=nudged)),
        replace(netlist, encoder=replace(netlist.encoder, feature_names=("grösse", "b"))),
        replace(netlist, decoder=replace(netlist.decoder, class_names=("q", "g"))),
        replace(netlist, decoder=replace(netlist.decoder, scores=netlist.decoder.scores * 2)),
    ]
    first = netlist.layers[0]
    others += [
        replace(netlist, layers=(replace(first, name="other"), *netlist.layers[1:])),
        replace(
            netlist, layers=tuple(replace(layer, stage=layer.stage + 1) for layer in netlist.layers)
        ),
    ]
    digests = {digest_of(other) for other in others}
    assert len(digests) == len(others)
    assert digest not in digests


def test_the_digest_of_one_netlist_never_changes():
    layer = TableLayer(
        "t", 1, np.array([[0, 1]]), np.array([[0, 1, 1, 0]]), np.array([1]), np.array([False])
    )
    netlist = Netlist(
        "xor", ("a", "b"), np.array([1, 1]), np.array([False, False]), (layer,), np.array([2])
    )
    # Circuits carry this digest; a change here means raising FORMAT_VERSION.
    assert digest_of(netlist) == "e2efaf7c7d19f1f6630ed3af174e2ad6af027fa998ef03c964fc81f97707f6a7"


def test_words_are_kept_and_belong_to_the_digest(tmp_path):
    plain = with_ends(random_netlist(3))
    rounded = [
        replace(
            plain,
            encoder=replace(plain.encoder, words=FixedPoint.uniform(8, (exponent, 2), (0, -128))),
        )
        for exponent in (-3, -4)
    ]
    assert len({digest_of(netlist) for netlist in (plain, *rounded)}) == 3
    for netlist in (plain, *rounded):
        save_netlist(netlist, tmp_path / "net.npz")
        assert_equal(load_netlist(tmp_path / "net.npz"), netlist)
    assert b"feature_words" not in members_text(plain, tmp_path)


@pytest.mark.parametrize(
    ("kind", "names", "thresholds"),
    [
        ("binary", ("no", "yes"), (0.1,)),
        ("labels", ("p", "q"), (-0.5, 1e-7)),
        ("value", ("v",), ()),
    ],
)
def test_what_is_decided_is_kept_and_belongs_to_the_digest(tmp_path, kind, names, thresholds):
    plain = with_ends(random_netlist(3))
    outputs = plain.outputs[:1] if kind in {"binary", "value"} else plain.outputs
    decoder = Decoder(names, plain.decoder.scores, plain.decoder.signed, kind, thresholds)
    netlist = replace(plain, outputs=outputs, decoder=decoder)
    save_netlist(netlist, tmp_path / "net.npz")
    found = load_netlist(tmp_path / "net.npz")
    assert_equal(found, netlist)
    assert found.decoder.code_thresholds == decoder.code_thresholds
    # Classes are what a netlist decides unless it says otherwise, and keep their digest.
    assert b"decoder_kind" not in members_text(plain, tmp_path)
    digests = {digest_of(netlist), digest_of(replace(netlist, outputs=plain.outputs, decoder=None))}
    for place in range(len(thresholds)):
        moved = [*thresholds]
        moved[place] += 1e-7
        digests.add(digest_of(replace(netlist, decoder=replace(decoder, thresholds=tuple(moved)))))
    assert len(digests) == 2 + len(thresholds)


def test_scores_of_every_output_are_kept(tmp_path):
    plain = with_ends(random_netlist(3))
    scores = np.stack([plain.decoder.scores, plain.decoder.scores * 2 + 1])
    decoder = Decoder(("p", "q"), scores, plain.decoder.signed, "value")
    save_netlist(replace(plain, decoder=decoder), tmp_path / "net.npz")
    assert_equal(load_netlist(tmp_path / "net.npz"), replace(plain, decoder=decoder))


@pytest.mark.parametrize(
    "change",
    [
        {"decoder_kind": "regression"},
        {"decoder_kind": ["classes"]},
        {"decoder_kind": "labels"},
        {"decoder_kind": "labels", "decoder_thresholds": ["low", "high"]},
        {"decoder_kind": "labels", "decoder_thresholds": [0, float("nan")]},
        {"decoder_kind": "labels", "decoder_thresholds": 3},
        {"decoder_thresholds": [0, 0]},
    ],
)
def test_decisions_that_nothing_makes_are_refused(tmp_path, change):
    save_netlist(with_ends(random_netlist(3)), tmp_path / "net.npz")
    path = rewritten(tmp_path / "net.npz", lambda header, _: header.update(change))
    with pytest.raises(NetlistError, match=r"net\.npz"):
        load_netlist(path)


def members_text(netlist: Netlist, folder: Path) -> bytes:
    save_netlist(netlist, folder / "net.npz")
    return members(folder / "net.npz")["header"].tobytes()


@pytest.mark.parametrize("words", [[], {"bits": 8}, {"bits": 99, "exponents": [], "lows": []}])
def test_words_that_no_feature_has_are_refused(tmp_path, words):
    save_netlist(with_ends(random_netlist(3)), tmp_path / "net.npz")
    path = rewritten(tmp_path / "net.npz", lambda header, _: header.update(feature_words=words))
    with pytest.raises(NetlistError, match="word"):
        load_netlist(path)


def test_one_flipped_bit_of_any_table_changes_the_digest():
    netlist = first_with_tables_in_front(nodes=3, address_bits=4)
    digests = {digest_of(netlist)}
    flips = 0
    for index, layer in enumerate(netlist.layers):
        if not isinstance(layer, TableLayer):
            continue
        for node, row in np.ndindex(layer.tables.shape):
            for bit in range(int(layer.widths[node])):
                tables = layer.tables.copy()
                tables[node, row] ^= 1 << bit
                layers = list(netlist.layers)
                layers[index] = replace(layer, tables=tables)
                digests.add(digest_of(replace(netlist, layers=tuple(layers))))
                flips += 1
    assert flips > 20
    assert len(digests) == flips + 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NetlistError, match=f"^there is no netlist {tmp_path}/none.npz$"):
        load_netlist(tmp_path / "none.npz")


def test_a_folder_is_no_netlist(tmp_path):
    with pytest.raises(NetlistError, match=f"^{tmp_path} is not a netlist, or is damaged"):
        load_netlist(tmp_path)


EXAMPLE = with_ends(first_with_tables_in_front())


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return saved_bytes(EXAMPLE, tmp_path_factory.mktemp("netlist"))


@pytest.fixture
def path(tmp_path: Path, content: bytes) -> Path:
    (tmp_path / "net.npz").write_bytes(content)
    return tmp_path / "net.npz"


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"",
        lambda _: HTML_PAGE,
        lambda content: content[: len(content) // 2],
        lambda content: content[-100:],
        lambda _: archive_bytes({"X": np.zeros(3)}),
        lambda content: with_member(content, "header.npy", b""),
        lambda content: with_member(content, "outputs.npy", b"[1, 2]"),
        lambda content: with_member(content, "0.inputs.npy", b"\x93NUMPY\x01\x00\x05\x00{'x'["),
    ],
    ids=[
        "empty",
        "web page",
        "first half",
        "end",
        "another archive",
        "empty header",
        "text member",
        "torn member",
    ],
)
def test_a_file_that_is_no_netlist_is_refused(path, content, change):
    path.write_bytes(change(content))
    with pytest.raises(NetlistError, match=f"^{path} is not a netlist"):
        load_netlist(path)


def test_a_pickled_array_is_refused_without_executing_it(path, tmp_path):
    evidence = tmp_path / "executed"
    trap = trapped_array(evidence)
    for name in ["header", "outputs", "0.inputs"]:
        np.savez(path, **{**members_of(EXAMPLE, tmp_path), name: trap})
        with pytest.raises(NetlistError, match=f"^{path} is not a netlist.*allow_pickle"):
            load_netlist(path)
    assert not evidence.exists()


def members_of(netlist: Netlist, folder: Path) -> dict[str, Any]:
    save_netlist(netlist, folder / "whole.npz")
    return members(folder / "whole.npz")


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_format_version_is_named(path, version):
    rewritten(path, lambda header, _: header.update(format_version=version))
    message = f"{path} has netlist format {version}; this version of logicjsc reads format 1"
    with pytest.raises(NetlistError, match=message):
        load_netlist(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header, _: header.pop("format_version"),
        lambda header, _: header.pop("name"),
        lambda header, _: header.pop("layers"),
        lambda header, _: header.update(layers=None),
        lambda header, _: header.update(layers=[[]]),
        lambda header, _: header.update(input_names=3),
        lambda header, _: header.update(input_names=[*range(len(header["input_names"]))]),
        lambda header, _: header.update(class_names=[0, 1]),
        lambda header, _: header.update(feature_names="ab"),
        lambda header, _: header.update(provenance=[]),
        lambda header, _: header["layers"][0].update(kind="program"),
        lambda header, _: header["layers"][0].update(stage="first"),
        lambda header, _: header["layers"][0].update(stage=float("inf")),
        lambda header, _: header["layers"][0].update(stage=10**40),
        lambda _, arrays: arrays.pop("outputs"),
        lambda _, arrays: arrays.pop("0.widths"),
        lambda _, arrays: arrays.pop("encoder.codes"),
        lambda _, arrays: arrays.pop("decoder.scores"),
        lambda _, arrays: arrays.update({"encoder.thresholds": np.array(["x"])}),
        lambda _, arrays: arrays.update({"decoder.scores": np.array(["x"])}),
        lambda _, arrays: arrays.update({"0.inputs": np.array(["x"])}),
        lambda _, arrays: arrays.update({"0.inputs": np.array(3)}),
        lambda _, arrays: arrays.update({"outputs": np.array([1 + 2j])}),
        lambda _, arrays: arrays.update({"input.widths": np.array([0.5] * 5)}),
    ],
)
def test_parts_that_are_missing_or_of_another_kind_are_refused(path, change):
    rewritten(path, change)
    with pytest.raises(NetlistError, match=f"^{path}(: | is not a netlist: )"):
        load_netlist(path)


def test_a_header_nested_beyond_reason_is_refused(path):
    arrays = members(path)
    arrays["header"] = np.frombuffer(b"[" * 200_000, np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(NetlistError, match=f"^{path} is not a netlist: RecursionError"):
        load_netlist(path)


def test_a_broken_rule_is_refused_by_the_names_of_file_and_node(path):
    def lengthen(_: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays["0.inputs"] = arrays["0.inputs"] + 1000

    rewritten(path, lengthen)
    name = EXAMPLE.layers[0].name
    with pytest.raises(NetlistError, match=rf"^{path}: node {name}\[0\] reads signal 10"):
        load_netlist(path)


def test_a_value_that_a_narrower_type_would_wrap_is_refused(path):
    def widen(_: dict[str, Any], arrays: dict[str, Any]) -> None:
        arrays["input.widths"] = arrays["input.widths"].astype(np.int64) + 256

    rewritten(path, widen)
    with pytest.raises(NetlistError, match=f"^{path}: .* no possible value of input_widths"):
        load_netlist(path)


def test_a_rewritten_but_unchanged_archive_is_loaded(path):
    assert_equal(load_netlist(rewritten(path, lambda *_: None)), EXAMPLE)


@given(data=st.data())
@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header")
def test_a_damaged_file_holds_the_same_netlist_or_is_refused(path, content, data):
    path.write_bytes(data.draw(damaged(content)))
    try:
        netlist = load_netlist(path)
    except NetlistError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert_equal(netlist, EXAMPLE)


@given(noise=st.binary(max_size=200))
@example(noise=b"PK\x05\x06" + bytes(18))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_is_no_netlist(path, noise):
    path.write_bytes(noise)
    with pytest.raises(NetlistError, match=f"^{path} is not a netlist"):
        load_netlist(path)


def test_a_failed_save_leaves_the_old_netlist(path, content, monkeypatch):
    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OutputError, match="disk full"):
        save_netlist(random_netlist(1), path)
    assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("key", ["input_names", "feature_names", "class_names"])
def test_names_that_are_numbers_are_refused(tmp_path, key):
    netlist = load_netlist(next(shipped("zoo").rglob("netlist.npz")))
    save_netlist(netlist, tmp_path / "n.npz")
    with np.load(tmp_path / "n.npz") as stored:
        arrays = dict(stored)
    header = json.loads(arrays["header"].tobytes())
    header[key] = list(range(len(header[key])))
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(tmp_path / "n.npz", **arrays)
    with pytest.raises(NetlistError, match=f"{key} holds 0, which is no name"):
        load_netlist(tmp_path / "n.npz")
