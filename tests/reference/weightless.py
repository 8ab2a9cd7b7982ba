"""Random weightless networks in the shape in which torch_dwn keeps them."""

from __future__ import annotations

import numpy as np
import torch


def random_dwn(seed, *, features=6, bits=5, nodes=(24, 12), n=3, classes=3, learnable=True):
    """A checkpoint as dwn2rtl writes it: tensors and plain values."""
    rng = np.random.default_rng(seed)
    state = {}
    width = features * bits
    for index, count in enumerate(nodes):
        luts = rng.uniform(-1, 1, (count, 1 << n)).astype(np.float32)
        luts[rng.random(luts.shape) < 0.02] = 0.0  # exactly 0 is 0
        state[f"{index}.luts"] = torch.from_numpy(luts)
        if learnable and index == 0:
            weights = rng.normal(size=(width, count * n)).astype(np.float32)
            state[f"{index}.mapping.weights"] = torch.from_numpy(weights)
            dummy = np.arange(count * n, dtype=np.int32).reshape(count, n)
            state[f"{index}._LUTLayer__dummy_mapping"] = torch.from_numpy(dummy)
        else:
            wires = rng.integers(0, width, (count, n)).astype(np.int32)
            state[f"{index}.mapping"] = torch.from_numpy(wires)
        width = count
    thresholds = np.sort(rng.normal(size=(features, bits)).astype(np.float32), axis=1)
    thresholds[0, 1] = thresholds[0, 0]
    return {
        "config": {
            "n": n,
            "num_classes": classes,
            "layers": list(nodes),
            "thermometer_bits": bits,
        },
        "state_dict": state,
        "thermometer": {"thresholds": torch.from_numpy(thresholds)},
        "results": {},
        "run_name": "made",
        "scaler": None,
    }


def flat(checkpoint):
    """The same as arrays of an .npz archive."""
    found = {name: tensor.numpy() for name, tensor in checkpoint["state_dict"].items()}
    found["thresholds"] = checkpoint["thermometer"]["thresholds"].numpy()
    found["num_classes"] = np.array(checkpoint["config"]["num_classes"])
    return found


def counts(checkpoint, features):
    """Nodes that are 1 per class, one sample and one node at a time, ``[samples, classes]``."""
    held = flat(checkpoint)
    layers = len(checkpoint["config"]["layers"])
    found = []
    for row in features:
        bits = [
            int(np.float32(value) > threshold)
            for value, thresholds in zip(row, held["thresholds"], strict=True)
            for threshold in thresholds
        ]
        for index in range(layers):
            luts = held[f"{index}.luts"]
            n = luts.shape[1].bit_length() - 1
            made = []
            for node in range(len(luts)):
                address = 0
                for place in range(n):
                    if f"{index}.mapping.weights" in held:
                        weights = held[f"{index}.mapping.weights"][:, node * n + place]
                        source = int(np.argmax(weights))
                    else:
                        source = int(held[f"{index}.mapping"][node, place])
                    address += bits[source] << place
                made.append(int(luts[node, address] > 0))
            bits = made
        share = len(bits) // checkpoint["config"]["num_classes"]
        found.append([sum(bits[at : at + share]) for at in range(0, len(bits), share)])
    return np.array(found)
