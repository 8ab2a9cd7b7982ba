"""Weightless networks become netlists that count as dwn2rtl's golden model does."""

import json
import pickle
import zipfile

import numpy as np
import pytest
import torch
from dwn2rtl.checkpoint import normalize
from dwn2rtl.extract import extract_tables, extract_wiring, forward
from reference.damaged_files import HTML_PAGE, Trap
from reference.weightless import counts, flat, random_dwn

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError
from logicjsc.netlist import evaluate


def imported(path, **settings):
    return lj.import_model(path, kind="dwn", **settings).tables


def saved(folder, checkpoint):
    file = folder / "model.pt"
    torch.save(checkpoint, file)
    return file


def features_for(thresholds, rows, seed):
    """Random features, many of them at a threshold or right beside one."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(rows, len(thresholds))).astype(np.float32)
    drawn = thresholds[
        np.arange(len(thresholds)), rng.integers(0, thresholds.shape[1], found.shape)
    ]
    kind = rng.integers(0, 4, found.shape)
    found = np.where(kind == 1, drawn, found)
    found = np.where(kind == 2, np.nextafter(drawn, np.float32(np.inf)), found)
    return np.where(kind == 3, np.nextafter(drawn, np.float32(-np.inf)), found)


def golden(checkpoint, features):
    """Counts of dwn2rtl's own model."""
    loaded = normalize(checkpoint)
    config, state = loaded["config"], loaded["state_dict"]
    bits = features[:, :, None] > loaded["thermometer"]["thresholds"].numpy()
    layers = [
        (extract_tables(state, index), *extract_wiring(state, index, config["n"]))
        for index in range(len(config["layers"]))
    ]
    return forward(bits.reshape(len(features), -1), layers, config["num_classes"])


SHAPES = {
    "usual": {},
    "six": {"n": 6, "nodes": (30,), "features": 8, "bits": 7, "classes": 5},
    "fixed": {"learnable": False, "nodes": (20, 16, 8), "classes": 2},
    "one bit": {"n": 1, "nodes": (9,), "classes": 3},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_networks_count_as_dwn2rtl_does(tmp_path, shape):
    checkpoint = random_dwn(1, **SHAPES[shape])
    net = lj.import_model(saved(tmp_path, checkpoint), kind="dwn")
    thresholds = checkpoint["thermometer"]["thresholds"].numpy()
    features = features_for(thresholds, 10_000, 2)
    decided, scores = golden(checkpoint, features)
    assert (net.scores(features) == scores).all()
    netlist = net.tables
    codes = netlist.encoder.encode(features)
    assert (netlist.decoder.classify(evaluate(netlist, codes)) == decided).all()
    assert (net.scores(features[:100]) == counts(checkpoint, features[:100])).all()


def test_the_first_wire_is_the_lowest_address_bit(tmp_path):
    """A node that is 1 at address 1 only: its first wire 1, its second 0."""
    held = {
        "0.luts": np.array([[-1, 1, -1, -1], [1, 1, 1, -1]], np.float32),
        "0.mapping": np.array([[0, 1], [0, 1]], np.int32),
        "thresholds": np.array([[0.0], [0.0]], np.float32),
        "num_classes": np.array(2),
    }
    np.savez(tmp_path / "node.npz", **held)
    net = lj.import_model(tmp_path / "node.npz", kind="dwn")
    features = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0]], np.float32)
    assert net.scores(features).tolist() == [[0, 1], [1, 1], [0, 1], [0, 0], [0, 1]]


def test_all_files_of_one_network_make_one_netlist(tmp_path):
    checkpoint = random_dwn(3)
    arrays = flat(checkpoint)
    files = [saved(tmp_path, checkpoint), tmp_path / "model.npz", tmp_path / "model.json"]
    np.savez(files[1], **arrays)
    files[2].write_text(json.dumps({name: array.tolist() for name, array in arrays.items()}))
    digests = {lj.Netlist(imported(file, name="one")).digest for file in files}
    bare = tmp_path / "state.pth"
    torch.save(checkpoint["state_dict"], bare)
    ends = tmp_path / "ends.npz"
    np.savez(ends, thresholds=arrays["thresholds"])
    digests.add(lj.Netlist(imported(bare, name="one", thermometer=str(ends), classes=3)).digest)
    assert len(digests) == 1


@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
def test_a_scaler_is_in_the_thresholds(tmp_path, arithmetic):
    checkpoint = random_dwn(4)
    mean, scale = np.linspace(-3, 5, 6), np.linspace(0.1, 9, 6)
    checkpoint["scaler"] = {"mean": mean.tolist(), "scale": scale.tolist()}
    net = lj.import_model(saved(tmp_path, checkpoint), kind="dwn", arithmetic=arithmetic)
    rng = np.random.default_rng(5)
    raw = (rng.normal(size=(10_000, 6)) * scale + mean).astype(np.float32)
    kind = np.dtype(arithmetic)
    standardised = ((raw.astype(kind) - mean.astype(kind)) / scale.astype(kind)).astype(np.float32)
    _, scores = golden(checkpoint, standardised)
    assert (net.scores(raw) == scores).all()


def test_one_thermometer_for_all_features(tmp_path):
    checkpoint = random_dwn(6)
    shared = np.array([-1, -0.2, 0, 0.4, 1.1], np.float32)
    checkpoint["thermometer"] = {"thresholds": torch.from_numpy(np.tile(shared, (6, 1)))}
    arrays = flat(checkpoint) | {"thresholds": shared}
    np.savez(tmp_path / "shared.npz", **arrays)
    net = lj.import_model(tmp_path / "shared.npz", kind="dwn")
    features = features_for(np.tile(shared, (6, 1)), 500, 7)
    assert (net.scores(features) == golden(checkpoint, features)[1]).all()


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    checkpoint = random_dwn(8, features=3, bits=3, nodes=(8, 4), classes=2)
    net = lj.import_model(saved(tmp_path, checkpoint), kind="dwn")
    assert net.emit(tmp_path / "tables", argmax=True).verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


def changed(**entries):
    """Arrays of a network with some of them changed, or left out if None."""
    held = flat(random_dwn(9)) | entries
    return {name: array for name, array in held.items() if array is not None}


BAD = {
    "no tables": ({"thresholds": np.zeros((2, 2))}, "has no tables such as '0.luts'"),
    "no thresholds": (changed(thresholds=None), "has no thresholds: the thermometer is no part"),
    "no classes": (changed(num_classes=None), "does not tell its number of classes"),
    "classes": (changed(num_classes=np.array(5)), "12 nodes .* no equal shares of 5 classes"),
    "no class": (changed(num_classes=np.array(0)), "num_classes must be a whole number"),
    "half a class": (changed(num_classes=np.array(2.5)), "num_classes must be a whole number"),
    "no wires": (changed(**{"1.mapping": None}), "holds no array '1.mapping'"),
    "wires": (changed(**{"1.mapping": np.full((12, 3), 24)}), "layer 1 reads bit 24 of 24"),
    "below": (changed(**{"1.mapping": np.full((12, 3), -1)}), "layer 1 reads bit -1 of 24"),
    "floats": (changed(**{"1.mapping": np.zeros((12, 3))}), "integers is needed"),
    "few wires": (changed(**{"1.mapping": np.zeros((12, 2), int)}), r"\(12, 3\) is needed"),
    "weights": (changed(**{"0.mapping.weights": np.zeros((30, 5))}), "5 columns for 24 nodes"),
    "rows": (changed(**{"1.luts": np.zeros((12, 6))}), "has 6 columns"),
    "axes": (changed(**{"1.luts": np.zeros(12)}), "an array of 2 axes"),
    "nan": (changed(**{"1.luts": np.full((12, 8), np.nan)}), "NaN or infinite"),
    "infinite": (changed(thresholds=np.full((6, 5), np.inf)), "NaN or infinite"),
    "texts": (changed(thresholds=np.array([["a"]])), "numbers is needed"),
    "small thermometer": (changed(thresholds=np.zeros((2, 2))), "is the thermometer that of"),
    "scaler": (changed(mean=np.zeros(6)), "holds no array 'scale'"),
    "means": (changed(mean=np.zeros(5), scale=np.ones(6)), "5 means and 6 scales for 6 features"),
    "zero": (changed(mean=np.zeros(6), scale=np.zeros(6)), "scales must be positive"),
    "two": (changed(**{"a.0.luts": np.zeros((2, 2))}), "holds several networks"),
}


@pytest.mark.parametrize("case", BAD)
def test_parts_that_do_not_fit_are_refused_in_a_sentence(tmp_path, case):
    arrays, sentence = BAD[case]
    file = tmp_path / "model.npz"
    np.savez(file, **arrays)
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(file)
    assert "\n" not in str(caught.value)


FILES = {
    "empty": (b"", "is empty"),
    "page": (HTML_PAGE, "neither a checkpoint of torch nor an .npz archive nor JSON"),
    "list": (b"[1, 2]", "holds no dictionary of tensors"),
    "broken json": (b'{"0.luts": ', "is no JSON"),
    "ragged": (b'{"0.luts": [[1, 2], [3]]}', "0.luts is no array of numbers"),
    "pickle": (pickle.dumps({"0.luts": 1}), "is a pickle, which could run anything"),
    "blif": (b".model a\n", "neither a checkpoint"),
    "damaged": (b"PK\x03\x04" + b"\0" * 100, "is damaged"),
}


@pytest.mark.parametrize("case", FILES)
def test_other_files_are_refused_in_a_sentence(tmp_path, case):
    content, sentence = FILES[case]
    file = tmp_path / "model.pt"
    file.write_bytes(content)
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(file)
    assert "\n" not in str(caught.value)


def test_nothing_in_a_checkpoint_is_executed(tmp_path):
    evidence = tmp_path / "evidence"
    file = saved(tmp_path, {"state_dict": Trap(evidence)})
    with pytest.raises(ImportedModelError, match="holds more than tensors and plain values"):
        imported(file)
    np.savez(tmp_path / "trap.npz", luts=np.array([Trap(evidence)], dtype=object))
    with pytest.raises(ImportedModelError, match="is no archive of plain arrays"):
        imported(tmp_path / "trap.npz")
    assert not evidence.exists()
    torch.save({"model": torch.nn.Linear(2, 2)}, file)
    with pytest.raises(ImportedModelError, match="save tensors and plain values only"):
        imported(file)


def test_huge_claims_cost_nothing(tmp_path):
    one = torch.zeros(1).expand(1 << 20, 1 << 20)
    file = saved(tmp_path, {"0.luts": one})
    with pytest.raises(ImportedModelError, match=r"shape \(1048576, 1048576\), 4,398,046,511,104"):
        imported(file)
    bomb = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("0.luts.npy", "w", force_zip64=True) as stream,
    ):
        for _ in range(1100):
            stream.write(bytes(1 << 20))
    with pytest.raises(ImportedModelError, match="would unpack to 1,153,433,600 bytes"):
        imported(bomb)
    cut = saved(tmp_path, random_dwn(1))
    cut.write_bytes(cut.read_bytes()[:-500])
    with pytest.raises(ImportedModelError, match="is damaged"):
        imported(cut)
    nested = {}
    for _ in range(100):
        nested = {"a": nested}
    with pytest.raises(ImportedModelError, match="more than 6 deep"):
        imported(saved(tmp_path, nested))
