"""Neurons that are small float networks with skip connections.

NeuraLUT (Andronic and Constantinides, FPL 2024, arXiv:2403.00849): whatever fits between a neuron's
quantised sources and its quantised output fits into its table, a whole network included.
"""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.grouped import GroupedLinear, gather_sources


class MlpNeurons(nn.Module):
    """For each neuron a network of ``depth`` layers, ``width`` wide, rectified in between.

    Around every ``skip`` layers leads a linear map, whose result is added before the rectifier;
    with 0 there is none. The last span may be shorter.

    Attributes:
        connections: source of each input, int64 ``[neurons, fan_in]``.
        layers: the layers, each one linear map per neuron.
        skips: the linear maps around them.
    """

    connections: torch.Tensor

    def __init__(self, connections: Array, depth: int, width: int, skip: int) -> None:
        super().__init__()
        neurons, fan_in = connections.shape
        self.register_buffer("connections", torch.from_numpy(connections))
        sizes = [fan_in, *[width] * (depth - 1), 1]
        self.layers = nn.ModuleList(
            GroupedLinear(neurons, sizes[index], sizes[index + 1]) for index in range(depth)
        )
        self._starts = list(range(0, depth, skip)) if skip else []
        self.skips = nn.ModuleList(
            GroupedLinear(neurons, sizes[start], sizes[min(start + skip, depth)], bias=False)
            for start in self._starts
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, sources]`` to numbers ``[samples, neurons]``."""
        hidden = gather_sources(values, self.connections)
        around = None
        for index, layer in enumerate(self.layers):
            if index in self._starts:
                around = self.skips[self._starts.index(index)](hidden)
            hidden = layer(hidden)
            last = index == len(self.layers) - 1
            if around is not None and (last or index + 1 in self._starts):
                hidden = hidden + around
            if not last:
                hidden = hidden.relu()
        return hidden.squeeze(2)
