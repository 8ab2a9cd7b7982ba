"""Logic-gate networks become netlists that count as the libraries that made them do."""

import json
import pickle

import numpy as np
import pytest
import torch
from reference.damaged_files import HTML_PAGE, Trap
from reference.logic_gate_models import (
    counts_of,
    difflogic_counts,
    random_difflogic,
    torchlogix_layer,
    torchlogix_model,
)

import logicjsc as lj
from logicjsc.core.errors import ImportedModelError


def imported(path, **settings):
    return lj.import_model(path, kind="logic-gates", **settings)


def saved(folder, state):
    file = folder / "model.pt"
    torch.save(state, file)
    return file


def bits(rows, count, seed=1):
    return np.random.default_rng(seed).integers(0, 2, (rows, count))


KINDS = {
    "raw": {},
    "deep": {"sizes": (30, 40, 40, 40, 20), "classes": 5},
    "light": {"parametrization": "light"},
    "warp": {"parametrization": "warp"},
    "warp of one": {"parametrization": "warp", "lut_rank": 1, "sizes": (24, 24, 24)},
    "light of four": {"parametrization": "light", "lut_rank": 4},
    "warp of four": {"parametrization": "warp", "lut_rank": 4},
    "light of six": {"parametrization": "light", "lut_rank": 6},
    "warp of six": {"parametrization": "warp", "lut_rank": 6},
    "learned wires": {"connections": "learnable"},
    "candidates": {"connections": "learnable", "connections_kwargs": {"num_candidates": 3}},
    "unique": {"connections_kwargs": {"init_method": "random-unique"}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_gates_count_as_torchlogix_does(tmp_path, kind):
    options = KINDS[kind]
    model = torchlogix_model(2, **({"sizes": (26, 24, 12)} | options))
    inputs = model[0].in_dim
    file = saved(tmp_path, model.state_dict())
    settings = {"classes": model[-1].k, "inputs": inputs}
    chosen = options.get("parametrization", "raw")
    if chosen != "raw" and options.get("lut_rank", 2) > 1:
        with pytest.raises(ImportedModelError, match="may be light or warp; set parametrization"):
            imported(file, **settings)
        settings["parametrization"] = chosen
    net = imported(file, **settings)
    x = bits(10_000, inputs)
    assert (net.scores(x) == counts_of(model, x)).all()
    assert np.unique(net.scores(x)).size > 2


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_a_binarization_is_the_encoder(tmp_path, learned, shared):
    binarization = torchlogix_layer("binarization")
    torch.manual_seed(3)
    thresholds = torch.sort(torch.randn(5) if shared else torch.randn(8, 5), dim=-1)[0]
    kind = binarization.LearnableBinarization if learned else binarization.FixedBinarization
    if learned and shared:
        thresholds = thresholds[None].repeat(8, 1)
    model = torchlogix_model(4, sizes=(40, 30, 15), before=(kind(thresholds),))
    net = imported(saved(tmp_path, {"state_dict": model.state_dict()}), classes=3)
    known = model[0].get_thresholds().detach().numpy()
    rng = np.random.default_rng(5)
    x = rng.normal(size=(10_000, 8)).astype(np.float32)
    drawn = np.broadcast_to(known, (8, 5))[np.arange(8), rng.integers(0, 5, x.shape)]
    x = np.where(rng.random(x.shape) < 0.3, drawn, x)  # at a threshold exactly: not exceeded
    assert (net.scores(x) == counts_of(model, x)).all()


def test_difflogics_connections_come_from_a_file(tmp_path):
    state, wires = random_difflogic(6)
    file = saved(tmp_path, state)
    with pytest.raises(ImportedModelError, match=r"no connections of layer '0': difflogic keeps"):
        imported(file, classes=4)
    np.savez(tmp_path / "wires.npz", **wires)
    net = imported(file, classes=4, connections=str(tmp_path / "wires.npz"), inputs=16)
    x = bits(10_000, 16)
    assert (net.scores(x) == difflogic_counts(state, wires, x, 4)).all()
    text = tmp_path / "wires.json"
    text.write_text(json.dumps({name: array.tolist() for name, array in wires.items()}))
    again = imported(file, classes=4, connections=str(text), inputs=16)
    assert again.digest == net.digest
    apart = imported(file, classes=4, connections=str(text), inputs=16, joined_inputs=2)
    assert (apart.scores(x[:500]) == net.scores(x[:500])).all()


def test_every_gate_is_the_one_of_its_number(tmp_path):
    held = {
        "0.weights": np.eye(16, dtype=np.float32),
        "0.connections.indices": np.stack([np.zeros(16, int), np.ones(16, int)]),
    }
    np.savez(tmp_path / "gates.npz", **held)
    net = imported(tmp_path / "gates.npz", classes=16)
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    rows = net.scores(x).T.astype(int)
    assert [int("".join(map(str, row)), 2) for row in rows.tolist()] == list(range(16))


def test_features_that_are_scaled_meet_a_thermometer(tmp_path):
    model = torchlogix_model(7, sizes=(12, 16, 8), classes=2)
    rng = np.random.default_rng(8)
    ends = {
        "thresholds": np.sort(rng.normal(size=(4, 3)).astype(np.float32), axis=1),
        "mean": np.array([0.0, 100.0, -3.0, 1e-3]),
        "scale": np.array([1.0, 25.0, 0.1, 1e-4]),
    }
    np.savez(tmp_path / "ends.npz", **ends)
    file = saved(tmp_path, model.state_dict())
    net = imported(file, classes=2, thermometer=str(tmp_path / "ends.npz"))
    x = (rng.normal(size=(10_000, 4)) * ends["scale"] + ends["mean"]).astype(np.float32)
    standardised = ((x.astype(np.float64) - ends["mean"]) / ends["scale"]).astype(np.float32)
    coded = (standardised[:, :, None] > ends["thresholds"]).reshape(len(x), -1)
    assert (net.scores(x) == counts_of(model, coded)).all()


def test_the_whole_road(tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    model = torchlogix_model(9, sizes=(8, 12, 6), classes=2)
    net = imported(saved(tmp_path, model.state_dict()), classes=2)
    assert net.emit(tmp_path / "tables", argmax=True).verify().ok
    assert net.map("low").emit(tmp_path / "luts").verify().ok


def test_a_hundred_thousand_gates(tmp_path):
    rng = np.random.default_rng(10)
    held = {"0.connections.indices": rng.integers(0, 500, (2, 50_000))}
    held["0.weight"] = rng.normal(size=(50_000, 16)).astype(np.float32)
    held["1.connections.indices"] = rng.integers(0, 50_000, (2, 50_000))
    held["1.weight"] = rng.normal(size=(50_000, 16)).astype(np.float32)
    np.savez(tmp_path / "wide.npz", **held)
    net = imported(tmp_path / "wide.npz", classes=10)
    assert net.scores(bits(20, 500)).shape == (20, 10)


def changed(**entries):
    rng = np.random.default_rng(11)
    held = {
        "0.weight": rng.normal(size=(12, 16)),
        "0.connections.indices": rng.integers(0, 10, (2, 12)),
        "1.weight": rng.normal(size=(6, 16)),
        "1.connections.indices": rng.integers(0, 12, (2, 6)),
    } | entries
    return {name: array for name, array in held.items() if array is not None}


BAD = {
    "no weights": ({"a": np.zeros(3)}, {}, "has no weights of gates such as '0.weight'"),
    "no classes": (changed(), {}, "does not tell its number of classes"),
    "classes": (changed(), {"classes": 4}, "the 6 gates .* no equal shares of 4 classes"),
    "no wires": (changed(**{"1.connections.indices": None}), {"classes": 2}, "of layer '1'"),
    "wires": (
        changed(**{"1.connections.indices": np.full((2, 6), 12)}),
        {"classes": 2},
        "layer 1 reads bit 12 of 12",
    ),
    "far": (
        changed(**{"0.connections.indices": np.full((2, 12), 1 << 60)}),
        {"classes": 2},
        "reads bit 1,152,921,504,606,846,976; at most 2,000,000 bits can go in",
    ),
    "far in a thermometer": (
        changed(
            thresholds=np.zeros(3), **{"0.connections.indices": np.full((2, 12), (1 << 63) - 2)}
        ),
        {"classes": 2},
        "the network reads bit 9,223,372,036,854,775,806; at most 2,000,000 can go in",
    ),
    "below": (
        changed(**{"0.connections.indices": np.full((2, 12), -1)}),
        {"classes": 2},
        "layer 0 reads bit -1",
    ),
    "few wires": (
        changed(**{"1.connections.indices": np.zeros((2, 5), int)}),
        {"classes": 2},
        "has 6 gates, their connections 5",
    ),
    "float wires": (
        changed(**{"1.connections.indices": np.zeros((2, 6))}),
        {"classes": 2},
        "integers is needed",
    ),
    "candidates": (
        changed(**{"1.connections.weights": np.zeros((3, 2, 6))}),
        {"classes": 2},
        "an array of 3 axes",
    ),
    "columns": (changed(**{"1.weight": np.zeros((6, 7))}), {"classes": 2}, "of no kind"),
    "not raw": (changed(), {"classes": 2, "parametrization": "warp"}, "are no warp param"),
    "ranks": (
        changed(**{"1.connections.indices": np.zeros((3, 6), int)}),
        {"classes": 2},
        "16 weights per gate of 3 inputs are of no kind",
    ),
    "nan": (changed(**{"0.weight": np.full((12, 16), np.nan)}), {"classes": 2}, "NaN or infinite"),
    "convolution": (
        changed(**{"0._indices_L0": np.zeros((2, 3))}),
        {"classes": 2},
        r"a convolution of gates \(0._indices_L0\); only dense",
    ),
    "few inputs": (changed(), {"classes": 2, "inputs": 3}, "reads bit 8 of 3 inputs"),
    "thermometer": (changed(thresholds=np.zeros((2, 2))), {"classes": 2}, "bit 8 of 4; do"),
}


@pytest.mark.parametrize("case", BAD)
def test_parts_that_do_not_fit_are_refused_in_a_sentence(tmp_path, case):
    arrays, settings, sentence = BAD[case]
    np.savez(tmp_path / "model.npz", **arrays)
    with pytest.raises(ImportedModelError, match=sentence) as caught:
        imported(tmp_path / "model.npz", **settings)
    assert "\n" not in str(caught.value)


FILES = {
    "empty": (b"", "is empty"),
    "page": (HTML_PAGE, "neither a checkpoint of torch nor"),
    "pickle": (pickle.dumps({"0.weight": 1}), "is a pickle, which could run anything"),
    "text": (b'{"0.weight": "abc"}', "has no weights of gates"),
    "ragged": (b'{"0.weight": [[1], [2, 3]]}', "0.weight is no array of numbers"),
}


@pytest.mark.parametrize("case", FILES)
def test_other_files_are_refused_in_a_sentence(tmp_path, case):
    content, sentence = FILES[case]
    file = tmp_path / "model.pt"
    file.write_bytes(content)
    with pytest.raises(ImportedModelError, match=sentence):
        imported(file, classes=2)


def test_nothing_in_a_checkpoint_is_executed(tmp_path):
    evidence = tmp_path / "evidence"
    with pytest.raises(ImportedModelError, match="holds more than tensors and plain values"):
        imported(saved(tmp_path, {"0.weight": Trap(evidence)}), classes=2)
    assert not evidence.exists()
    model = torchlogix_model(12)
    with pytest.raises(ImportedModelError, match="save tensors and plain values only"):
        imported(saved(tmp_path, model), classes=3)


def test_a_network_of_too_many_gates_is_refused_with_its_size(tmp_path):
    held = {"0.weight": torch.zeros(1).expand(3_000_000, 16)}
    held["0.connections.indices"] = torch.zeros(1, dtype=torch.int64).expand(2, 3_000_000)
    with pytest.raises(ImportedModelError, match=r"0\.weight has 3,000,000 gates"):
        imported(saved(tmp_path, held), classes=2)
