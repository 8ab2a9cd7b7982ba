"""Weights on disk: written whole, read without executing code."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from logicjsc.core.errors import DataError, RunError
from logicjsc.core.files import atomic_file
from logicjsc.core.run import Run
from logicjsc.dataset import Scaler
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array
from logicjsc.methods.gradient.files import GradientFiles
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.neurons.connectivity import check_connections
from logicjsc.methods.loading import load_config

_UNFIT: Final[tuple[type[Exception], ...]] = (
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    AttributeError,
    ArithmeticError,
)
"""What building a network from damaged or other numbers raises."""


@dataclass(frozen=True)
class SavedModel:
    """A run's best network, in evaluation mode.

    Attributes:
        network: the network.
        scaler: its scaler.
        provenance: of its samples.
        thresholds: scores from which on a binary target or labels are affirmed, float32
            ``[outputs]``; None of other targets.
        digest: SHA-256 over names, shapes and bytes of all tensors, so that it does not depend on
            how the file was written.
    """

    network: nn.Module
    scaler: Scaler
    provenance: Provenance
    thresholds: Array | None
    digest: str


def save(path: Path, contents: dict[str, Any]) -> None:
    """Write tensors and plain values atomically.

    Raises:
        OutputError: they cannot be written.
    """
    # Torch's own way of writing files does not say why it failed.
    packed = io.BytesIO()
    torch.save(contents, packed)
    with atomic_file(path) as temporary:
        temporary.write_bytes(packed.getbuffer())


def load(path: Path) -> dict[str, Any]:
    """Read what `save` wrote.

    Raises:
        RunError: the file is missing, truncated or holds anything but tensors and plain values.
    """
    if not path.is_file():
        raise RunError(f"there is no checkpoint {path}; train first with logicjsc train")
    try:
        # Torch checks no checksums, and tries older formats on anything that is no archive.
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"bad checksum of {damaged}")
        contents: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # zipfile, pickle and torch raise a dozen kinds
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise RunError(f"checkpoint {path} is damaged or not one of ours ({reason})") from error
    if not isinstance(contents, dict):
        raise RunError(f"checkpoint {path} is not one of ours")
    return contents


def save_model(
    path: Path,
    weights: dict[str, torch.Tensor],
    scaler: Scaler,
    *,
    epoch: int = 0,
    thresholds: Array | None = None,
) -> None:
    """Write the checkpoint that exports read, from a network's state dictionary."""
    kept = None if thresholds is None else torch.from_numpy(np.asarray(thresholds, np.float32))
    save(
        path,
        {"model": weights, "scaler": scaler.to_dict(), "epoch": epoch, "thresholds": kept},
    )


@contextmanager
def refuses_unfit(file: Path, owner: Path | str, *others: type[Exception]) -> Iterator[None]:
    """Refuse saved numbers that do not fit what is built from them in the block.

    Args:
        file: where they were saved.
        owner: what they do not fit, for the message.
        others: what else the block raises then.

    Raises:
        RunError: names the file and the first line of the reason.
    """
    try:
        yield
    except (*_UNFIT, *others) as error:
        reason = str(error).partition("\n")[0]
        raise RunError(f"{file} does not fit {owner}: {reason}") from error


def load_model(run: Run) -> SavedModel:
    """The run's best network.

    Raises:
        RunError: the checkpoint is missing, damaged, or belongs to another config.
    """
    file = GradientFiles(run).checkpoint
    contents = load(file)
    with refuses_unfit(file, run.config_file, DataError):
        scaler = Scaler.from_dict(contents["scaler"])
        provenance = Provenance.from_dict(run.header().dataset)
        config = load_config(run.config_file).config
        target = provenance.schema.target
        network = build_network(config.network, scaler, target)
        network.load_state_dict(contents["model"])
        check_connections(network)
        kept = contents["thresholds"]
        thresholds = None if kept is None else kept.numpy()
        if thresholds is not None and thresholds.shape != (target.outputs,):
            raise ValueError(f"it has thresholds of shape {thresholds.shape}")
    features = len(provenance.schema.feature_names)
    if len(scaler.mean) != features:
        raise RunError(f"{file} has {len(scaler.mean)} features, not {features}")
    return SavedModel(
        network.eval(),
        scaler,
        provenance,
        thresholds,
        digest_of_weights(contents["model"]),
    )


def digest_of_weights(state: dict[str, torch.Tensor]) -> str:
    """SHA-256, in hexadecimal, of a state dictionary."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
