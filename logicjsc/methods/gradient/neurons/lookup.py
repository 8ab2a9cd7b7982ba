"""Neurons that look one bit up, and learn what stands there and where the address comes from.

Differentiable weightless networks (Bacellar et al., ICML 2024, arXiv:2410.11112): a table of
``2**fan_in`` contents, whose signs are bits, is read at the address that bits of other tables or of
thermometers spell. Contents learn straight through the sign. Inputs learn by extended finite
differences: an input's gradient compares all contents where it is 1 with all
where it is 0, each with a weight that falls with its distance from the address that was read.
Which bits spell the address is learned as well: the forward pass reads the source with the largest
weight, the backward pass acts as if a softmax of the weights had mixed them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import nn

from logicjsc.methods.gradient.neurons.connectivity import Array
from logicjsc.methods.gradient.neurons.quantisers import bit_quantiser, value_of

_LEAD: Final = 0.1
"""Of the wires drawn beforehand over the best others, whose weights deviate by 1."""


class LookupNeurons(nn.Module):
    """Tables of bits, one per neuron, or several whose bits are added.

    Attributes:
        wires: chooses the sources, `FixedWires` or `LearnedWires`.
        contents: of each table, float ``[tables, 2**fan_in]``; the bit is whether it is above zero.
            The first input is the lowest bit of the address.
        terms: tables that each neuron adds.
    """

    def __init__(self, sources: int, connections: Array, terms: int, *, learned: bool) -> None:
        super().__init__()
        tables, fan_in = connections.shape
        self.terms = terms
        self.wires = LearnedWires(sources, connections) if learned else FixedWires(connections)
        self.contents = nn.Parameter(torch.empty(tables, 1 << fan_in).uniform_(-1, 1))
        self.quantiser = bit_quantiser()
        self.register_buffer("_differences", finite_differences(fan_in), persistent=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Bits ``[samples, sources]`` to bits or, of several terms, sums ``[samples, neurons]``."""
        addresses = self.wires(values)
        if torch.onnx.is_in_onnx_export():
            bits = multiplexed(addresses, (self.contents > 0).to(values.dtype))
        else:
            differences = self.get_buffer("_differences")
            bits = _look_up(addresses, self.contents, differences)
        if not self.training:
            # They are bits already; an exported model says so by this quantiser, which training
            # leaves out because a rectifier has no gradient at zero.
            bits = value_of(self.quantiser(bits))
        if self.terms == 1:
            return bits
        return bits.view(-1, len(self.contents) // self.terms, self.terms).sum(dim=2)


class FixedWires(nn.Module):
    """Inputs that were drawn beforehand.

    Attributes:
        connections: source of each input, int64 ``[tables, fan_in]``.
    """

    connections: torch.Tensor

    def __init__(self, connections: Array) -> None:
        super().__init__()
        self.register_buffer("connections", torch.from_numpy(connections))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Bits ``[samples, sources]`` to inputs ``[samples, tables, fan_in]``."""
        chosen = values.index_select(1, self.connections.flatten())
        return chosen.view(-1, *self.connections.shape)


class LearnedWires(nn.Module):
    """Inputs that are chosen while training.

    Attributes:
        weight: of each source for each input, float ``[sources, tables * fan_in]``; the largest
            wins. The wires drawn beforehand win at the start.
        shape: tables and fan-in.
    """

    def __init__(self, sources: int, connections: Array) -> None:
        super().__init__()
        self.shape = connections.shape
        flat = torch.from_numpy(connections).flatten()
        weight = torch.randn(sources, len(flat))
        weight[flat, torch.arange(len(flat))] = weight.amax(dim=0) + _LEAD
        self.weight = nn.Parameter(weight)

    @property
    def connections(self) -> torch.Tensor:
        """Source of each input, int64 ``[tables, fan_in]``."""
        return self.weight.argmax(dim=0).view(self.shape)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Bits ``[samples, sources]`` to inputs ``[samples, tables, fan_in]``."""
        if torch.onnx.is_in_onnx_export():
            # A constant of the model: which source it is must not be computed in it.
            chosen = values.index_select(1, self.weight.detach().argmax(dim=0))
        else:
            chosen = _choose(values, self.weight)
        return chosen.view(-1, *self.shape)


def finite_differences(fan_in: int) -> torch.Tensor:
    """Weights of the contents in the gradients of the inputs.

    Returns:
        Float ``[contents, fan_in * addresses]``: a table's bits times it are, for each input and
        each address that may be read, what the input's step from 0 to 1 changes.
    """
    address = torch.arange(1 << fan_in)
    columns = []
    for place in range(fan_in):
        others = ((1 << fan_in) - 1) ^ (1 << place)
        apart = (address[:, None] ^ address[None, :]) & others
        distance = sum((apart >> bit & 1) for bit in range(fan_in))
        sign = torch.where(address >> place & 1 == 1, 1.0, -1.0)
        columns.append(sign[:, None] / (1.0 + torch.as_tensor(distance, dtype=torch.float32)))
    return torch.cat(columns, dim=1)


def multiplexed(inputs: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    """A look-up as a tree of choices between two, exact for inputs of 0 and 1.

    Exporters write it with operators that keep the tables apart, unlike a gathering by address.

    Args:
        inputs: float ``[samples, tables, fan_in]``, the first the lowest bit of the address.
        bits: float ``[tables, 2**fan_in]``.

    Returns:
        Float ``[samples, tables]``.
    """
    level = bits.unsqueeze(0)
    for place in range(inputs.shape[2]):
        zero, one = level[:, :, 0::2], level[:, :, 1::2]
        level = zero + inputs[:, :, place : place + 1] * (one - zero)
    # Not squeeze, which exporters guard with a branch.
    return level[:, :, 0]


class _LookUp(torch.autograd.Function):
    """Reads tables; contents learn straight through, inputs by extended finite differences."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        *arguments: torch.Tensor,
    ) -> torch.Tensor:
        """Bits ``[samples, tables]`` of inputs ``[samples, tables, fan_in]`` and contents."""
        inputs, contents, differences = arguments
        powers = 2 ** torch.arange(inputs.shape[2], device=inputs.device)
        addresses = (inputs.detach() > 0.5).long().mul(powers).sum(dim=2)  # noqa: PLR2004 - 0 or 1
        bits = (contents > 0).to(inputs.dtype)
        ctx.save_for_backward(addresses, bits, differences)
        return bits.T.gather(0, addresses)

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        *gradients: torch.Tensor,
    ) -> tuple[torch.Tensor | None, torch.Tensor, None]:
        """Gradients of the inputs and of the contents."""
        (gradient,) = gradients
        addresses, bits, differences = ctx.saved_tensors
        of_contents = torch.zeros(bits.T.shape, dtype=gradient.dtype, device=gradient.device)
        of_contents.scatter_add_(0, addresses, gradient)
        of_inputs = None
        if ctx.needs_input_grad[0]:
            tables, rows = bits.shape
            steps = (bits @ differences).view(tables, -1, rows)
            read = steps.permute(2, 0, 1)[addresses, torch.arange(tables, device=bits.device)]
            of_inputs = gradient.unsqueeze(2) * read
        return of_inputs, of_contents.T, None


class _Choose(torch.autograd.Function):
    """Takes the source with the largest weight; learns as if a softmax mixed all sources."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        *arguments: torch.Tensor,
    ) -> torch.Tensor:
        """Chosen values ``[samples, inputs]`` of values ``[samples, sources]`` and weights."""
        values, weight = arguments
        chosen = weight.argmax(dim=0)
        ctx.save_for_backward(values, weight)
        return values.index_select(1, chosen)

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        *gradients: torch.Tensor,
    ) -> tuple[torch.Tensor | None, torch.Tensor]:
        """Gradients of the values and of the weights."""
        (gradient,) = gradients
        values, weight = ctx.saved_tensors
        mixture = torch.softmax(weight, dim=0)
        of_mixture = values.T @ gradient
        mean = (mixture * of_mixture).sum(dim=0, keepdim=True)
        of_weight = mixture * (of_mixture - mean)
        of_values = gradient @ mixture.T if ctx.needs_input_grad[0] else None
        return of_values, of_weight


# torch's Function.apply has no types.
_look_up: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor] = _LookUp.apply
_choose: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = _Choose.apply
