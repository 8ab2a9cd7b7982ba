"""What the families share: gathering sources, and linear maps that differ from group to group."""

from __future__ import annotations

import math

import torch
from torch import nn


def gather_sources(values: torch.Tensor, connections: torch.Tensor) -> torch.Tensor:
    """The sources of each neuron.

    Args:
        values: float ``[samples, sources]``.
        connections: source of each input, int64 ``[neurons, fan_in]``.

    Returns:
        Float ``[samples, neurons, fan_in]``.
    """
    # One flat selection: its gradient is much cheaper than that of indexing with a matrix.
    chosen = values.index_select(1, connections.flatten())
    return chosen.view(-1, *connections.shape)


class GroupedLinear(nn.Module):
    """A linear map for each group of numbers.

    Attributes:
        weight: float ``[groups, inputs, outputs]``.
        bias: float ``[groups, outputs]``, or none.
    """

    bias: nn.Parameter | None

    def __init__(self, groups: int, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(groups, inputs, outputs).uniform_(-bound, bound))
        self.bias = (
            nn.Parameter(torch.empty(groups, outputs).uniform_(-bound, bound)) if bias else None
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Values ``[samples, groups, inputs]`` to ``[samples, groups, outputs]``."""
        if torch.onnx.is_in_onnx_export():
            # ONNX models keep the samples in front, so that a batch may have any size, and multiply
            # each sample by itself, so that its bits do not depend on the others (Einsum's would).
            product = torch.matmul(values.unsqueeze(2), self.weight).squeeze(2)
        else:
            product = torch.bmm(values.transpose(0, 1), self.weight).transpose(0, 1)
        return product if self.bias is None else product + self.bias
