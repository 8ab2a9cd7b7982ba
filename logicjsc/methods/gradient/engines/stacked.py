"""Networks of one shape as one wide network, in plain torch operations.

Every tensor has a leading dimension for the members, which share nothing but the features.
Numbers stand neuron by neuron, ``[members, neurons, samples]``. Made for CUDA graphs: no operation
waits for the device, and all parameters lie in one tensor, so that an optimiser needs few
operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import nn

from logicjsc.methods.gradient.network.blocks import Activation, Block, blocks_of, norm_of


class Quantise(torch.autograd.Function):
    """Rounding to codes, then clamping, with the straight-through gradients of Brevitas 0.13.

    The gradient passes where the rounded number is a code, and the range learns from both the code
    and what rounding changed. In front of an unsigned quantiser stands a rectifier.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        values: torch.Tensor,
        reach: torch.Tensor,
        activation: Activation,
    ) -> torch.Tensor:
        """Numbers ``[members, neurons, samples]``, ranges ``[members, 1, 1]`` to codes' values."""
        scale = reach.abs() / activation.threshold
        if activation.kind == "unsigned":
            values = values.relu()
        steps = values / scale
        whole = steps.round()
        codes = whole.clamp(activation.low, activation.high)
        ctx.save_for_backward(steps, codes, whole == codes, reach)
        ctx.activation = activation
        return codes * scale

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401 - torch's context has no public type
        *gradients: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, None]:
        """Gradients of the values and of the range."""
        (gradient,) = gradients
        steps, codes, passes, reach = ctx.saved_tensors
        of_values = gradient * passes
        of_scale = (gradient * codes - of_values * steps).sum(dim=(1, 2), keepdim=True)
        if ctx.activation.kind == "unsigned":
            of_values = of_values * (steps > 0)
        # Brevitas counts zero as positive here.
        sign = torch.where(reach >= 0, 1.0, -1.0)
        return of_values, of_scale * sign / ctx.activation.threshold, None


class StackedNetwork:
    """Several networks of one shape, run as one.

    Attributes:
        networks: the modules, which own the numbers between `read` and `write`.
        parameters: all parameters, float ``[members, parameters]``, in the order of the modules; a
            leaf of the graph.
        statistics: running means and variances of each block, float ``[members * neurons]`` both.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self.networks = list(networks)
        described = [blocks_of(network) for network in networks]
        self._members = [member.blocks for member in described]
        self._blocks = described[0].blocks
        self._scores = described[0].score_bias, described[0].score_scale
        first = list(networks[0].parameters())
        self._shapes = [parameter.shape for parameter in first]
        self._numbers = {id(parameter): number for number, parameter in enumerate(first)}
        self._connections = [
            None
            if block.connections is None
            else torch.stack(
                [cast("torch.Tensor", member[index].connections) for member in self._members]
            )
            for index, block in enumerate(self._blocks)
        ]
        self.parameters = self.gather(lambda parameter: parameter.detach()).requires_grad_()
        self.statistics = self._running()

    @torch.no_grad()
    def read(self) -> None:
        """Take over the numbers of the modules."""
        self.parameters.copy_(self.gather(lambda parameter: parameter))
        for ours, theirs in zip(self.statistics, self._running(), strict=True):
            for own, other in zip(ours, theirs, strict=True):
                own.copy_(other)

    @torch.no_grad()
    def write(self, steps: int) -> None:
        """Give the modules the numbers, after so many steps of training."""
        self.scatter(self.parameters, lambda parameter: parameter)
        for index, ours in enumerate(self.statistics):
            norms = [norm_of(member[index]) for member in self._members]
            for own, name in zip(ours, ("running_mean", "running_var"), strict=True):
                for part, norm in zip(own.chunk(len(norms)), norms, strict=True):
                    getattr(norm, name).copy_(part)
            for norm in norms:
                if norm.num_batches_tracked is not None:
                    norm.num_batches_tracked += steps

    def gather(self, number_of: Callable[[nn.Parameter], torch.Tensor]) -> torch.Tensor:
        """What ``number_of`` tells of every parameter, laid out as `parameters`."""
        return torch.stack(
            [
                torch.cat([number_of(entry).flatten() for entry in network.parameters()])
                for network in self.networks
            ]
        )

    def scatter(
        self, values: torch.Tensor, target_of: Callable[[nn.Parameter], torch.Tensor]
    ) -> None:
        """Undo `gather`: copy into what ``target_of`` tells of every parameter."""
        sizes = [shape.numel() for shape in self._shapes]
        for row, network in zip(values, self.networks, strict=True):
            for part, entry in zip(row.split(sizes), network.parameters(), strict=True):
                target_of(entry).copy_(part.view_as(entry))

    def scores(
        self, features: torch.Tensor, *, training: bool, momentum: float | None = None
    ) -> torch.Tensor:
        """Prepared features ``[members, features, samples]`` to scores, classes in their place.

        With ``training``, normalisation takes the batch's own statistics and follows them, with a
        ``momentum`` other than its own if one is given.
        """
        pieces = torch.split(self.parameters, [shape.numel() for shape in self._shapes], dim=1)
        members = len(self.networks)

        def piece(parameter: torch.Tensor) -> torch.Tensor:
            number = self._numbers[id(parameter)]
            return pieces[number].view((members, *self._shapes[number]))

        outputs: list[torch.Tensor] = []
        for index, block in enumerate(self._blocks):
            sums = features
            if block.weight is not None and block.bias is not None:
                values = torch.cat([outputs[read] for read in block.reads], dim=1)
                weight = self._dense(index, piece(block.weight), values.shape[1])
                # The mean of a batch takes the bias out again: its gradient is nothing but noise.
                sums = weight @ values + piece(block.bias).detach()[..., None]
            values = self._normalise(index, sums, piece, momentum, training=training)
            if block.shift is not None:
                values = values + piece(block.shift)[:, None, None]
            if block.range is None:
                values = values.relu()
            else:
                reach = piece(block.range)[:, None, None]
                values = Quantise.apply(values, reach, block.activation)  # type: ignore[no-untyped-call]
            outputs.append(values)
        bias, scale = self._scores
        if bias is None or scale is None:
            return outputs[-1]
        # A number added to all scores changes no probability.
        shifted = outputs[-1] + piece(bias).detach()[:, None, None]
        return shifted * piece(scale)[:, None, None]

    def _dense(self, index: int, weight: torch.Tensor, sources: int) -> torch.Tensor:
        connections = self._connections[index]
        if connections is None or weight.shape[2] == sources:
            return weight
        zeros = weight.new_zeros(*weight.shape[:2], sources)
        return zeros.scatter(2, connections, weight)

    def _normalise(
        self,
        index: int,
        sums: torch.Tensor,
        piece: Callable[[torch.Tensor], torch.Tensor],
        momentum: float | None,
        *,
        training: bool,
    ) -> torch.Tensor:
        norm = norm_of(self._blocks[index])
        mean, variance = self.statistics[index]
        return nn.functional.batch_norm(
            # Members and neurons together are the channels.
            sums.reshape(1, -1, sums.shape[2]),
            mean,
            variance,
            piece(norm.weight).flatten(),
            piece(norm.bias).flatten(),
            training,
            (norm.momentum or 0.0) if momentum is None else momentum,
            norm.eps,
        ).view(sums.shape)

    def _running(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return [
            (
                torch.cat([_mean(member[index]) for member in self._members]),
                torch.cat([_variance(member[index]) for member in self._members]),
            )
            for index in range(len(self._blocks))
        ]


def _connections(block: Block) -> torch.Tensor:
    return cast("torch.Tensor", block.connections)


def _mean(block: Block) -> torch.Tensor:
    return cast("torch.Tensor", norm_of(block).running_mean)


def _variance(block: Block) -> torch.Tensor:
    return cast("torch.Tensor", norm_of(block).running_var)
