"""Another run as a beginning: weights to start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from logicjsc.core.errors import RunError
from logicjsc.core.run import Run
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.network.scaling import RoundToWords, Standardise, Unscale
from logicjsc.methods.gradient.neurons.layers import NeuronLayer, SummedScores
from logicjsc.methods.gradient.neurons.sparse import SparseLinear


@dataclass(frozen=True)
class Start:
    """What a network took from another run's checkpoint.

    Attributes:
        run: that run's directory.
        taken: names of the tensors that fitted.
        fresh: names of those that did not, and were drawn anew.
    """

    run: str
    taken: tuple[str, ...]
    fresh: tuple[str, ...]


def start_from(path: str, network: nn.Module) -> Start:
    """Copy into a network what fits by name and shape of a run's checkpoint.

    Weights of a sparse layer are taken together with their connections, and only if the layer reads
    as many sources. The scaler stays that of the network's own samples.

    Raises:
        RunError: there is no such checkpoint, or nothing in it fits.
    """
    other = checkpoint.load_model(Run.open(Path(path))).network
    theirs, ours = other.state_dict(), network.state_dict()
    odd = _of_other_widths(network, other)
    wanted = [name for name in ours if not _belongs_to_samples(name, network)]
    taken = [
        name
        for name in wanted
        if name in theirs
        and theirs[name].shape == ours[name].shape
        and name.rpartition(".")[0] not in odd
    ]
    parameters = dict(network.named_parameters())
    if not any(name in parameters for name in taken):
        raise RunError(
            f"training.start_from = {path!r}: no tensor of {path} fits this network by name and "
            f"shape"
        )
    with torch.no_grad():
        for name in taken:
            ours[name].copy_(theirs[name])
    return Start(path, tuple(taken), tuple(name for name in wanted if name not in taken))


def _of_other_widths(network: nn.Module, other: nn.Module) -> set[str]:
    """Names of sparse layers whose connections mean something else in the other network.

    Connections are numbers of sources; with other layers in front they would point elsewhere.
    """
    modules = dict(other.named_modules())
    odd: set[str] = set()
    for name, module in network.named_modules():
        theirs = modules.get(name)
        if isinstance(module, SparseLinear) and not _reads_alike(module, theirs):
            odd.add(name)
        if isinstance(module, (NeuronLayer, SummedScores)) and not (
            isinstance(theirs, (NeuronLayer, SummedScores)) and theirs.sources == module.sources
        ):
            inner = module.neurons.named_modules(prefix=f"{name}.neurons")
            odd |= {own for own, _ in inner}
    return odd


def _reads_alike(module: SparseLinear, other: nn.Module | None) -> bool:
    return (
        isinstance(other, SparseLinear)
        and module.sources == other.sources
        and module.connections.shape == other.connections.shape
    )


def _belongs_to_samples(name: str, network: nn.Module) -> bool:
    owner = network.get_submodule(name.rpartition(".")[0])
    return isinstance(owner, (Standardise, RoundToWords, Unscale))
