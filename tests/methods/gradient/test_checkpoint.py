"""Weights on disk: whole, of the right network, and never a way to run code."""

import io
import pickle

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.damaged_files import HTML_PAGE, Trap, damaged
from reference.small_jets import small_splits
from reference.small_runs import new_run

from logicjsc.core.errors import RunError
from logicjsc.dataset import Dataset, Samples, Scaler, Schema, Target
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import Config, NetworkConfig
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.loading import load_config
from logicjsc.tasks.jets.arrange import SCHEMA

SCALER = Scaler(tuple(range(16)), (2.0,) * 16)


def file_of(run):
    return GradientFiles(run).checkpoint


@pytest.fixture
def run(tmp_path):
    """A run of a small network, with a checkpoint."""
    config = Config(network=NetworkConfig(hidden=(6,)))
    run = new_run(tmp_path / "run", config, small_splits())
    torch.manual_seed(4)
    network = build_network(config.network, SCALER, SCHEMA.target)
    checkpoint.save_model(file_of(run), network.state_dict(), SCALER, epoch=3)
    return run


def test_tensors_and_plain_values_come_back(tmp_path):
    contents = {"a": torch.arange(6).reshape(2, 3), "b": [1, -2.5, "text"], "c": {"d": None}}
    checkpoint.save(tmp_path / "file.pt", contents)
    read = checkpoint.load(tmp_path / "file.pt")
    assert torch.equal(read.pop("a"), contents.pop("a"))
    assert read == contents
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.pt"]


def test_a_model_comes_back_in_evaluation_mode_with_its_scaler_and_digest(run):
    read = checkpoint.load_model(run)
    assert not read.network.training
    assert read.scaler == SCALER
    assert read.provenance.schema == SCHEMA
    assert read.thresholds is None
    torch.manual_seed(4)
    saved = build_network(load_config(run.config_file).config.network, SCALER, SCHEMA.target)
    for name, tensor in saved.state_dict().items():
        assert torch.equal(tensor, read.network.state_dict()[name]), name
    assert read.digest == checkpoint.digest_of_weights(saved.state_dict())


def test_thresholds_and_the_scale_of_values_come_back(tmp_path):
    samples = small_splits()
    for name, kind, names in (
        ("yes", "binary", ("no", "yes")),
        ("a", "value", ("first", "second")),
    ):
        target = Target(kind, names)
        schema = Schema(SCHEMA.columns, target)
        outcomes = samples.train.targets % 2
        targets = np.stack([outcomes, 3 + outcomes], axis=1) if kind == "value" else outcomes
        train = Samples(samples.train.features, targets, schema)
        scaler = Scaler.fit(train)
        assert len(scaler.target_mean) == (2 if kind == "value" else 0)
        thresholds = np.float32([0.25]) if kind == "binary" else None
        config = Config(network=NetworkConfig(hidden=(6,)))
        run = new_run(tmp_path / name, config, Dataset(train, train, train))
        weights = build_network(config.network, scaler, target).state_dict()
        checkpoint.save_model(file_of(run), weights, scaler, thresholds=thresholds)
        read = checkpoint.load_model(run)
        assert read.scaler == scaler
        assert read.provenance.schema.target == target
        assert read.thresholds == thresholds


def test_the_digest_depends_on_names_shapes_and_values_only(run):
    digest = checkpoint.digest_of_weights
    state = {"a": torch.tensor([1.0, 2.0]), "b": torch.zeros(2, 3)}
    reference = digest(state)
    assert digest(dict(reversed(state.items()))) == reference
    assert digest({**state, "b": torch.zeros(3, 2).T}) == reference
    for other in (
        {**state, "a": torch.tensor([1.0, 2.0000002])},
        {**state, "b": torch.zeros(3, 2)},
        {**state, "b": torch.zeros(2, 3, dtype=torch.int32)},
        {"a": state["a"], "c": state["b"]},
    ):
        assert digest(other) != reference
    before = checkpoint.load_model(run).digest
    checkpoint.save(file_of(run), {**checkpoint.load(file_of(run)), "epoch": 77})
    assert checkpoint.load_model(run).digest == before


def test_a_missing_checkpoint_says_how_to_get_one(run):
    file_of(run).unlink()
    with pytest.raises(RunError, match=r"there is no checkpoint .*checkpoint\.pt; train first"):
        checkpoint.load_model(run)
    file_of(run).mkdir()
    with pytest.raises(RunError, match="there is no checkpoint"):
        checkpoint.load_model(run)


@pytest.mark.parametrize("content", [b"", b"PK", HTML_PAGE, b"\x80\x02."])
def test_a_file_of_another_kind_is_refused(run, content):
    file_of(run).write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged or not one of ours"):
        checkpoint.load_model(run)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(run, part):
    content = file_of(run).read_bytes()
    file_of(run).write_bytes(content[: int(part * len(content))])
    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged or not one of ours"):
        checkpoint.load_model(run)


def test_a_flipped_bit_in_a_weight_is_seen(run):
    network = checkpoint.load_model(run).network
    content = file_of(run).read_bytes()
    weights = network.layers[0].linear.weight.detach().numpy().tobytes()
    assert content.count(weights) == 1
    place = content.index(weights) + len(weights) // 2
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    file_of(run).write_bytes(changed)
    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged .*bad checksum"):
        checkpoint.load_model(run)


@given(st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_is_refused_or_harmless(run, data):
    """Bytes that nothing reads, such as padding, may change; weights never do unnoticed."""
    pristine = run.path.parent / "pristine.pt"
    if not pristine.exists():
        pristine.write_bytes(file_of(run).read_bytes())
    file_of(run).write_bytes(pristine.read_bytes())
    before = checkpoint.load_model(run)
    file_of(run).write_bytes(data.draw(damaged(pristine.read_bytes())))
    refusal = ""
    try:
        read = checkpoint.load_model(run)
    except RunError as error:
        refusal = str(error)
    if refusal:
        assert str(file_of(run)) in refusal
    else:
        assert (read.scaler, read.digest) == (before.scaler, before.digest)


def torch_bytes(contents):
    stream = io.BytesIO()
    torch.save(contents, stream)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["bare pickle", "torch archive", "among weights"])
def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(run, tmp_path, form):
    evidence = tmp_path / "evidence"
    trap = Trap(evidence)
    content = {
        "bare pickle": pickle.dumps(trap),
        "torch archive": torch_bytes(trap),
        "among weights": torch_bytes({**checkpoint.load(file_of(run)), "epoch": trap}),
    }[form]
    file_of(run).write_bytes(content)
    if form != "bare pickle":
        torch.load(file_of(run), weights_only=False)
        assert evidence.exists()
        evidence.unlink()
    with pytest.raises(RunError, match="damaged or not one of ours"):
        checkpoint.load_model(run)
    assert not evidence.exists()


@pytest.mark.parametrize("contents", [[1, 2], torch.zeros(3)])
def test_other_contents_are_refused(run, contents):
    torch.save(contents, file_of(run))
    with pytest.raises(RunError, match=r"checkpoint\.pt is not one of ours"):
        checkpoint.load_model(run)


@pytest.mark.parametrize(
    "network",
    [
        NetworkConfig(hidden=(7,)),
        NetworkConfig(hidden=()),
        NetworkConfig(hidden=(6,), fan_in=4),
        NetworkConfig(kind="dense", hidden=(6,)),
    ],
)
def test_a_checkpoint_of_another_config_is_refused(run, tmp_path, network):
    other = new_run(tmp_path / "other", Config(network=network), small_splits())
    file_of(other).write_bytes(file_of(run).read_bytes())
    with pytest.raises(RunError, match=r"checkpoint\.pt does not fit .*config\.toml: "):
        checkpoint.load_model(other)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model", None),
        ("model", {}),
        ("model", [1]),
        ("scaler", None),
        ("scaler", {"mean": (0.0,) * 16}),
        ("scaler", 3),
        ("scaler", Scaler((0.0,) * 15, (1.0,) * 15).to_dict()),
        ("scaler", {"mean": "abc", "deviation": "abc"}),
        ("thresholds", None),
        ("thresholds", [0.5]),
        ("thresholds", torch.zeros(4)),
    ],
)
def test_missing_or_odd_parts_are_refused(run, key, value):
    contents = checkpoint.load(file_of(run))
    contents.pop(key)
    if value is not None:
        contents[key] = value
    checkpoint.save(file_of(run), contents)
    with pytest.raises(RunError, match=r"checkpoint\.pt (does not fit|has 15 features)"):
        checkpoint.load_model(run)


def test_weights_load_wherever_they_were_trained(run):
    # map_location: a checkpoint of a GPU is read on a machine without one.
    state = checkpoint.load(file_of(run))["model"]
    assert {tensor.device.type for tensor in state.values()} == {"cpu"}
    assert np.isfinite(sum(float(tensor.double().sum()) for tensor in state.values()))
