"""torchlogix' own dense layers, and a naive evaluation of difflogic's.

The package itself needs a newer Python than its layers do, so they are loaded without it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import types
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

GATES = "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1010 1011 1100 1101 1110 1111".split()
"""difflogic's gates in its order, each with its outputs for AB = 00, 01, 10 and 11.

0, A and B, A and not B, A, B and not A, B, XOR, OR, NOR, XNOR, not B, A or not B, not A, B or not
A, NAND, 1.
"""


def torchlogix_layer(module):
    """A module of torchlogix' layers: ``dense``, ``groupsum``, ``binarization``."""
    found = importlib.metadata.distribution("torchlogix").locate_file("torchlogix")
    folder = Path(str(found))
    for name, place in (("torchlogix", folder), ("torchlogix.layers", folder / "layers")):
        if name not in sys.modules:
            shell = types.ModuleType(name)
            shell.__path__ = [str(place)]
            sys.modules[name] = shell
    return importlib.import_module(f"torchlogix.layers.{module}")


def torchlogix_model(seed, *, sizes=(20, 24, 12), classes=3, before=(), **options):
    """A sequence of dense layers in evaluation mode, with random weights."""
    torch.manual_seed(seed)
    dense, groupsum = torchlogix_layer("dense"), torchlogix_layer("groupsum")
    layers = [dense.LogicDense(inputs, outputs, **options) for inputs, outputs in pairwise(sizes)]
    for layer in layers:
        # What a parametrization calls random may be one gate for all.
        torch.nn.init.normal_(layer.weight)
    return torch.nn.Sequential(*before, *layers, groupsum.GroupSum(classes, tau=3.0)).eval()


def counts_of(model, x):
    """The model's scores, times its tau."""
    with torch.no_grad():
        scores = model(torch.from_numpy(np.asarray(x, np.float32)))
    return (scores * model[-1].tau).round().numpy().astype(int)


def random_difflogic(seed, sizes=(16, 20, 12)):
    """State dictionary and connections of difflogic's layers."""
    rng = np.random.default_rng(seed)
    state, wires = {}, {}
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        state[f"{index}.weights"] = torch.from_numpy(
            rng.normal(size=(outputs, 16)).astype(np.float32)
        )
        wires[f"{index}.indices"] = np.stack(
            [rng.permutation(2 * outputs)[:outputs] % inputs for _ in range(2)]
        )
    return state, wires


def difflogic_counts(state, wires, x, classes):
    """Counts of each class, gate by gate."""
    values = np.asarray(x, int)
    for index in range(len(wires)):
        chosen = state[f"{index}.weights"].numpy().argmax(axis=1)
        first, second = wires[f"{index}.indices"]
        values = np.stack(
            [
                np.array(list(GATES[gate]), int)[2 * values[:, a] + values[:, b]]
                for gate, a, b in zip(chosen, first, second, strict=True)
            ],
            axis=1,
        )
    return values.reshape(len(values), classes, -1).sum(axis=2)
