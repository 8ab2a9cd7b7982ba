"""Weights on disk: whole, of the right network, and never a way to run code."""

import io
import pickle
from dataclasses import asdict

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.damaged_files import HTML_PAGE, Trap, damaged

from logicjsc.core.errors import RunError
from logicjsc.dataset import Scaler
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import Config, NetworkConfig
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.rundir import RunDirectory

SCALER = Scaler(tuple(range(16)), (2.0,) * 16)


@pytest.fixture
def run(tmp_path):
    """A run of a small network, with a checkpoint."""
    config = Config(network=NetworkConfig(hidden=(6,)))
    run = RunDirectory.create(tmp_path / "run", config, overwrite=False)
    torch.manual_seed(4)
    checkpoint.save_model(run, build_network(config.network, SCALER, 5), SCALER, 3)
    return run


def test_tensors_and_plain_values_come_back(tmp_path):
    contents = {"a": torch.arange(6).reshape(2, 3), "b": [1, -2.5, "text"], "c": {"d": None}}
    checkpoint.save(tmp_path / "file.pt", contents)
    read = checkpoint.load(tmp_path / "file.pt")
    assert torch.equal(read.pop("a"), contents.pop("a"))
    assert read == contents
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.pt"]


def test_a_model_comes_back_in_evaluation_mode_with_its_scaler_and_digest(run):
    network, scaler, digest = checkpoint.load_model(run)
    assert not network.training
    assert scaler == SCALER
    torch.manual_seed(4)
    saved = build_network(run.load_config().network, SCALER, 5)
    for name, tensor in saved.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name]), name
    assert digest == checkpoint.digest_of_weights(saved.state_dict())


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
    _, _, before = checkpoint.load_model(run)
    checkpoint.save(run.checkpoint, {**checkpoint.load(run.checkpoint), "epoch": 77})
    assert checkpoint.load_model(run)[2] == before


def test_a_missing_checkpoint_says_how_to_get_one(run):
    run.checkpoint.unlink()
    with pytest.raises(RunError, match=r"there is no checkpoint .*checkpoint\.pt; train first"):
        checkpoint.load_model(run)
    run.checkpoint.mkdir()
    with pytest.raises(RunError, match="there is no checkpoint"):
        checkpoint.load_model(run)


@pytest.mark.parametrize("content", [b"", b"PK", HTML_PAGE, b"\x80\x02."])
def test_a_file_of_another_kind_is_refused(run, content):
    run.checkpoint.write_bytes(content)
    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged or not one of ours"):
        checkpoint.load_model(run)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_refused(run, part):
    content = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(content[: int(part * len(content))])
    with pytest.raises(RunError, match=r"checkpoint\.pt is damaged or not one of ours"):
        checkpoint.load_model(run)


def test_a_flipped_bit_in_a_weight_is_seen(run):
    network, _, _ = checkpoint.load_model(run)
    content = run.checkpoint.read_bytes()
    weights = network.layers[0].linear.weight.detach().numpy().tobytes()
    assert content.count(weights) == 1
    place = content.index(weights) + len(weights) // 2
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    run.checkpoint.write_bytes(changed)
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
        pristine.write_bytes(run.checkpoint.read_bytes())
    run.checkpoint.write_bytes(pristine.read_bytes())
    _, scaler, digest = checkpoint.load_model(run)
    run.checkpoint.write_bytes(data.draw(damaged(pristine.read_bytes())))
    refusal = ""
    try:
        _, read_scaler, read_digest = checkpoint.load_model(run)
    except RunError as error:
        refusal = str(error)
    if refusal:
        assert str(run.checkpoint) in refusal
    else:
        assert (read_scaler, read_digest) == (scaler, digest)


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
        "among weights": torch_bytes({**checkpoint.load(run.checkpoint), "epoch": trap}),
    }[form]
    run.checkpoint.write_bytes(content)
    if form != "bare pickle":
        torch.load(run.checkpoint, weights_only=False)
        assert evidence.exists()
        evidence.unlink()
    with pytest.raises(RunError, match="damaged or not one of ours"):
        checkpoint.load_model(run)
    assert not evidence.exists()


@pytest.mark.parametrize("contents", [[1, 2], torch.zeros(3)])
def test_other_contents_are_refused(run, contents):
    torch.save(contents, run.checkpoint)
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
    other = RunDirectory.create(tmp_path / "other", Config(network=network), overwrite=False)
    other.checkpoint.write_bytes(run.checkpoint.read_bytes())
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
        ("scaler", asdict(Scaler((0.0,) * 15, (1.0,) * 15))),
        ("scaler", {"mean": "abc", "deviation": "abc"}),
    ],
)
def test_missing_or_odd_parts_are_refused(run, key, value):
    contents = checkpoint.load(run.checkpoint)
    contents.pop(key)
    if value is not None:
        contents[key] = value
    checkpoint.save(run.checkpoint, contents)
    with pytest.raises(RunError, match=r"checkpoint\.pt (does not fit|has 15 features)"):
        checkpoint.load_model(run)


def test_weights_load_wherever_they_were_trained(run):
    # map_location: a checkpoint of a GPU is read on a machine without one.
    state = checkpoint.load(run.checkpoint)["model"]
    assert {tensor.device.type for tensor in state.values()} == {"cpu"}
    assert np.isfinite(sum(float(tensor.double().sum()) for tensor in state.values()))
