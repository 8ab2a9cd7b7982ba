"""Weights on disk: written whole, read without executing code."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from logicjsc.core.errors import RunError
from logicjsc.core.files import atomic_file
from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.rundir import RunDirectory
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES


def save(path: Path, contents: dict[str, Any]) -> None:
    """Write tensors and plain values atomically."""
    with atomic_file(path) as temporary:
        torch.save(contents, temporary)


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


def save_model(run: RunDirectory, network: nn.Module, scaler: Scaler, epoch: int) -> None:
    """Write the checkpoint that exports read."""
    save_weights(run, network.state_dict(), scaler, epoch)


def save_weights(
    run: RunDirectory, weights: dict[str, torch.Tensor], scaler: Scaler, epoch: int
) -> None:
    """The same from a network's state dictionary."""
    save(run.checkpoint, {"model": weights, "scaler": asdict(scaler), "epoch": epoch})


def load_model(run: RunDirectory) -> tuple[nn.Module, Scaler, str]:
    """The run's best network in evaluation mode, its scaler, and its digest.

    The digest is a SHA-256 over names, shapes and bytes of all tensors, so it does not depend on
    how the file was written.

    Raises:
        RunError: the checkpoint is missing, damaged, or belongs to another config.
    """
    contents = load(run.checkpoint)
    try:
        scaler = Scaler.from_dict(contents["scaler"])
        network = build_network(run.load_config().network, scaler, len(CLASS_NAMES))
        network.load_state_dict(contents["model"])
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise RunError(f"{run.checkpoint} does not fit {run.config_file}: {reason}") from error
    if len(scaler.mean) != len(FEATURE_NAMES):
        raise RunError(
            f"{run.checkpoint} has {len(scaler.mean)} features, not {len(FEATURE_NAMES)}"
        )
    return network.eval(), scaler, digest_of_weights(contents["model"])


def digest_of_weights(state: dict[str, torch.Tensor]) -> str:
    """SHA-256, in hexadecimal, of a state dictionary."""
    digest = hashlib.sha256()
    for name, tensor in sorted(state.items()):
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
