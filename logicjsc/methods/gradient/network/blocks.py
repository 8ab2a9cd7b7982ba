"""Networks as blocks of plain tensors, for engines that run them without their modules.

A block is a layer's linear sums (the first block has none and takes the features), its batch
normalisation, a number added to it, and a quantiser or a rectifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

import torch
from torch import nn

from logicjsc.methods.gradient.network.inputs import BitInput, InputBlock, MixedInput
from logicjsc.methods.gradient.network.network import DenseNetwork, SparseNetwork
from logicjsc.methods.gradient.network.selection import SelectingLinear, WideLinear
from logicjsc.methods.gradient.neurons.sparse import SparseLayer


@dataclass(frozen=True)
class Activation:
    """A rectifier, or a quantiser to codes from ``low`` to ``high``.

    Brevitas divides the magnitude of the learned range by ``threshold`` to get the value of one
    step: for a signed quantiser the magnitude of its lowest code, for an unsigned one its highest.
    """

    kind: Literal["relu", "unsigned", "signed", "none"]
    low: float = 0.0
    high: float = 0.0
    threshold: float = 1.0


@dataclass(frozen=True)
class Block:
    """The tensors of one layer.

    Attributes:
        reads: numbers of the blocks whose outputs, one after the other, are its sources.
        connections: source of each weight, int64 ``[neurons, fan_in]``.
        weight: float ``[neurons, fan_in]``.
        bias: float ``[neurons]``; in front of a normalisation it moves nothing but the mean.
        width: number of neurons.
        norm: the normalisation, with its parameters and running statistics; None in a block that
            passes features on as they are.
        shift: float scalar, added after the normalisation.
        activation: what follows.
        range: the quantiser's learned range, float scalar.
        scores: what sources are selected by while that is learned, float ``[neurons, fan_in]``.
        kept: sources that each neuron is to keep, while it reads all; 0: what it has.
    """

    reads: list[int]
    connections: torch.Tensor | None
    weight: torch.Tensor | None
    bias: torch.Tensor | None
    width: int
    norm: nn.BatchNorm1d | None
    shift: torch.Tensor | None
    activation: Activation
    range: torch.Tensor | None
    scores: torch.Tensor | None = None
    kept: int = 0


_activations: WeakKeyDictionary[nn.Module, Activation] = WeakKeyDictionary()
"""Of quantisers, whose kind and width never change. Brevitas finds a width by running the whole
quantiser, which took most of an epoch of few samples."""


@dataclass(frozen=True)
class Blocks:
    """All blocks of a network; scores are ``(output + score_bias) * score_scale``."""

    blocks: list[Block]
    score_bias: torch.Tensor | None
    score_scale: torch.Tensor | None


def blocks_of(network: nn.Module) -> Blocks:
    """The blocks of one of our networks, behind its preparation of the features.

    Raises:
        TypeError: it is none of ours.
    """
    if isinstance(network, SparseNetwork):
        return Blocks(_sparse(network), network.score_bias, network.score_scale)
    if isinstance(network, DenseNetwork):
        return Blocks(_dense(network), None, None)
    raise TypeError(f"a {type(network).__name__} does not consist of blocks")


def feature_order(network: nn.Module, features: int) -> torch.Tensor:
    """Numbers of the features in the order in which the first blocks take them, int64."""
    entrance = network.input if isinstance(network, SparseNetwork) else None
    if isinstance(entrance, MixedInput):
        return torch.cat([entrance.number_places, entrance.bit_places]).cpu()
    return torch.arange(features)


def norm_of(block: Block) -> nn.BatchNorm1d:
    """The normalisation of a block that must have one.

    Raises:
        TypeError: it passes features on as they are.
    """
    if block.norm is None:
        raise TypeError("a block without normalisation is for the compiled step only")
    return block.norm


def source_rows(blocks: Sequence[Block]) -> list[torch.Tensor]:
    """Sources of each block's weights, when the neurons of all blocks are numbered in order.

    Returns:
        int64 ``[neurons, fan_in]`` of each block; ``[neurons, 0]`` of one without weights.
    """
    # A layer numbers its own sources only.
    starts = [0, *accumulate(block.width for block in blocks)]
    rows = []
    for block in blocks:
        if block.connections is None:
            rows.append(torch.empty((block.width, 0), dtype=torch.int64))
            continue
        readable = [torch.arange(*starts[read : read + 2]) for read in block.reads]
        rows.append(torch.cat(readable)[block.connections.cpu()])
    return rows


def _sparse(network: SparseNetwork) -> list[Block]:
    entrance = network.input
    inputs = [entrance.numbers, entrance.bits] if isinstance(entrance, MixedInput) else [entrance]
    blocks = [_input(module) for module in inputs]
    # A layer numbers the input as 0 and the layers in front of it from 1.
    behind = [list(range(len(blocks)))]
    for module, sources in zip(network.layers, network.sources, strict=True):
        layer = cast("SparseLayer", module)
        linear = layer.linear
        blocks.append(
            Block(
                [block for source in sources for block in behind[source]],
                linear.connections,
                linear.weight,
                linear.bias,
                layer.norm.num_features,
                layer.norm,
                None,
                _activation(layer.quantiser),
                _range(layer.quantiser),
                linear.scores if isinstance(linear, SelectingLinear) else None,
                linear.fan_in if isinstance(linear, WideLinear) else 0,
            )
        )
        behind.append([len(blocks) - 1])
    return blocks


def _input(module: nn.Module) -> Block:
    """The block of features, which have no linear sums."""
    if isinstance(module, BitInput):
        return Block([], None, None, None, module.width, None, None, Activation("none"), None)
    first = cast("InputBlock", module)
    return Block(
        [],
        None,
        None,
        None,
        first.width,
        first.norm,
        first.bias,
        _activation(first.quantiser),
        _range(first.quantiser),
    )


def _dense(network: DenseNetwork) -> list[Block]:
    blocks: list[Block] = []
    linear: nn.Linear | None = None
    modules = list(network)
    for place, module in enumerate(modules):
        if isinstance(module, nn.Linear):
            linear = module
        if not isinstance(module, nn.BatchNorm1d):
            continue
        rectified = place + 1 < len(modules) and isinstance(modules[place + 1], nn.ReLU)
        activation = Activation("relu" if rectified else "none")
        width = module.num_features
        if linear is None:
            blocks.append(Block([], None, None, None, width, module, None, activation, None))
            continue
        everything = torch.arange(linear.in_features, device=linear.weight.device)
        blocks.append(
            Block(
                [len(blocks) - 1],
                everything.expand(linear.out_features, -1),
                linear.weight,
                linear.bias,
                width,
                module,
                None,
                activation,
                None,
            )
        )
    return blocks


def _activation(quantiser: nn.Module) -> Activation:
    known = _activations.get(quantiser)
    if known is None:
        known = _activations[quantiser] = _read_activation(quantiser)
    return known


def _read_activation(quantiser: nn.Module) -> Activation:
    proxy: Any = quantiser.act_quant
    bits = int(proxy.bit_width())
    if proxy.is_signed:
        half = float(1 << (bits - 1))
        return Activation("signed", -half, half - 1, half)
    highest = float((1 << bits) - 1)
    return Activation("unsigned", 0.0, highest, highest)


def _range(quantiser: nn.Module) -> nn.Parameter:
    """A quantiser's one parameter."""
    (parameter,) = quantiser.parameters()
    return parameter
