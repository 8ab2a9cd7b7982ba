"""Small networks with random weights and used normalisation, as training would leave them."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from torch import nn

from logicjsc.dataset import DataConfig, Scaler, Schema, Target
from logicjsc.dataset.provenance import Provenance
from logicjsc.methods.gradient.checkpoint import SavedModel
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.export import export_onnx
from logicjsc.methods.gradient.network.network import build_network

FEATURES = 16
SCALER = Scaler(
    tuple(float(np.float32(0.1 * index - 0.5)) for index in range(FEATURES)),
    tuple(float(np.float32(0.5 + 0.1 * index)) for index in range(FEATURES)),
    thresholds=tuple((-0.5 - 0.01 * index, 0.1, 0.8) for index in range(FEATURES)),
)

TARGET = Target("classes", tuple("gqtwz"), "class")
SCHEMA = Schema.numbers(tuple(f"x{index}" for index in range(FEATURES)), TARGET)


def random_network(config: NetworkConfig, seed: int, scaler: Scaler = SCALER) -> nn.Module:
    """A network that has seen a few batches, in evaluation mode."""
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(config, scaler, TARGET)
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm1d)]
        for norm in norms:
            norm.momentum = None  # plain averages
        mean, deviation = np.array(scaler.mean), np.array(scaler.deviation)
        for _ in range(3):
            samples = mean + deviation * rng.normal(size=(200, len(mean)))
            network.train()(torch.from_numpy(samples.astype(np.float32)))
        for norm in norms:
            # Negative factors included.
            signs = torch.from_numpy(rng.choice([-1.0, 1.0], len(norm.weight)))
            nn.init.uniform_(norm.weight, 0.7, 1.5)
            norm.weight.data *= signs
            nn.init.normal_(norm.bias, 0.3, 0.3)
    return network.eval()


def saved_model(network: nn.Module, scaler: Scaler = SCALER) -> SavedModel:
    """The network as a checkpoint holds it."""
    provenance = Provenance(DataConfig(), SCHEMA, source="drawn")
    return SavedModel(network, scaler, provenance, None, "0" * 64)


def exported_model(network: nn.Module, scaler: Scaler = SCALER) -> onnx.ModelProto:
    """The network's QCDQ model."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        export_onnx(saved_model(network, scaler), path)
        return onnx.load(io.BytesIO(path.read_bytes()))
