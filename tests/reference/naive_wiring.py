"""Choices of connections as loops that leave no doubt, and networks to make them in."""

import torch

from logicjsc.dataset import Scaler
from logicjsc.methods.gradient.network.network import build_network
from logicjsc.methods.gradient.network.selection import widen
from logicjsc.tasks.jets.arrange import SCHEMA

SCALER = Scaler((0.5,) * 16, (2.0,) * 16)


def learning_network(config, seed=0):
    """A fresh network in the form in which it learns its connections."""
    torch.manual_seed(seed)
    network = build_network(config, SCALER, SCHEMA.target)
    widen(network, config.connectivity)
    return network


def random_samples(samples, seed=0):
    """Raw features and labels."""
    draws = torch.Generator().manual_seed(seed)
    features = 0.5 + 2.0 * torch.randn(samples, 16, generator=draws)
    return features, torch.randint(5, (samples,), generator=draws)


def naive_strongest(row, count):
    """Positions of the ``count`` largest numbers of a list, the first of equal ones; ascending."""
    left, found = list(range(len(row))), []
    for _ in range(count):
        best = left[0]
        for position in left:
            if row[position] > row[best]:
                best = position
        found.append(best)
        left.remove(best)
    return sorted(found)


def naive_sparsity(weights, fan_in):
    """What (sum of |w|)^2 / (sum of w^2) is beyond the fan-in, added over rows of lists."""
    total = 0.0
    for row in weights:
        size, square = sum(abs(entry) for entry in row), sum(entry * entry for entry in row)
        total += max(size * size / square - fan_in, 0.0) if square else 0.0
    return total


def naive_rewiring(weights, connections, promise, count):
    """Exchange connections one at a time.

    Returns:
        For each neuron, source to where its weight stood, or to None if it is new.
    """
    neurons, sources = len(weights), len(promise[0])
    fan_in = len(weights[0])
    most = min(fan_in - 1, sources - fan_in)
    candidates = []
    for neuron in range(neurons):
        norm = sum(entry * entry for entry in weights[neuron]) ** 0.5
        own = sorted((abs(weights[neuron][k]) / norm, neuron, k) for k in range(fan_in))
        candidates += own[: max(most, 0)]
    doomed = {(neuron, k) for _, neuron, k in sorted(candidates)[:count]}
    wired = []
    for neuron in range(neurons):
        kept = {
            source: k for k, source in enumerate(connections[neuron]) if (neuron, k) not in doomed
        }
        for _ in range(fan_in - len(kept)):
            free = [
                source
                for source in range(sources)
                if source not in connections[neuron] and source not in kept
            ]
            kept[max(free, key=lambda source: promise[neuron][source])] = None
        wired.append(kept)
    return wired
