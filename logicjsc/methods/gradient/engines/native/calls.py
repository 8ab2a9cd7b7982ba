"""Calls into the compiled step."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import torch
from torch import nn

from logicjsc.methods.gradient.engines.native.layout import LOSSES, Data, Layout, Steps
from logicjsc.methods.gradient.engines.native.library import load_library
from logicjsc.methods.gradient.objective import Objective
from logicjsc.methods.gradient.optimiser import state_of


def train_steps(
    network: nn.Module,
    optimiser: torch.optim.AdamW,
    features: torch.Tensor,
    labels: torch.Tensor,
    batches: torch.Tensor,
    *,
    rates: Sequence[float],
    threads: int,
    objective: Objective | None = None,
    averaged: nn.Module | None = None,
    shares: Sequence[float] | None = None,
    sparsity: float = 0.0,
) -> torch.Tensor:
    """Make optimiser steps, in place.

    Args:
        network: one of ours, on the CPU; its parameters and running statistics change.
        optimiser: its optimiser, whose moments change.
        features: standardised, float32 ``[samples, features]``.
        labels: class indices, int64 ``[samples]``; of no meaning to targets that are no classes.
        batches: which samples, int64 ``[steps, batch]``.
        rates: learning rate of each step.
        threads: threads to use; results do not depend on it.
        objective: what to minimise; nothing: cross-entropy.
        averaged: a copy of the network whose parameters follow the average over steps.
        shares: what the average takes of the weights after each step, 0 to 1.
        sparsity: strength of the regulariser of `sparsity_of`; no part of the returned losses.

    Returns:
        Mean loss of each batch, float64; the last entry is the first that is no finite
        number, and the parameters are those before that step, if there is one.

    Raises:
        MemoryError: the rows of a batch do not fit into memory.
    """
    layout = Layout(network, optimiser, averaged)
    objective = objective or Objective()
    steps, batch = batches.shape
    options = optimiser.param_groups[0]
    states = [
        state_of(optimiser, parameter)
        for group in optimiser.param_groups
        for parameter in group["params"]
    ]
    wanted = torch.tensor(rates, dtype=torch.float64)
    taken = None if averaged is None else torch.tensor(shares, dtype=torch.float64)
    losses = torch.empty(steps, dtype=torch.float64)
    batches = batches.contiguous()
    done: int = load_library().logicjsc_train(
        ctypes.byref(layout.network),
        ctypes.byref(
            Data(
                features.data_ptr(),
                labels.data_ptr(),
                _address(objective.targets),
                _address(objective.weights),
                _address(objective.teacher),
                len(features),
            )
        ),
        ctypes.byref(
            Steps(
                batches.data_ptr(),
                wanted.data_ptr(),
                None if taken is None else taken.data_ptr(),
                losses.data_ptr(),
                steps,
                batch,
                int(states[0]["step"]),
                *options["betas"],
                options["eps"],
                LOSSES[objective.kind],
                objective.smoothing,
                objective.teacher_weight,
                objective.temperature,
                sparsity,
                threads,
            )
        ),
    )
    if done < 0:
        raise MemoryError
    for state in states:
        state["step"] += done
    for norm in layout.norms:
        if norm.num_batches_tracked is not None:
            norm.num_batches_tracked += done
    return losses[:done]


def measure_statistics(
    network: nn.Module, features: torch.Tensor, blocks: torch.Tensor, threads: int
) -> None:
    """Set the running statistics to the mean of those of blocks of samples, in place.

    Args:
        network: one of ours, on the CPU.
        features: standardised, float32 ``[samples, features]``.
        blocks: which samples, int64 ``[blocks, samples]``.
        threads: threads to use; results do not depend on it.

    Raises:
        MemoryError: the rows of a block do not fit into memory.
    """
    layout = Layout(network)
    for norm in layout.norms:
        for statistic in (norm.running_mean, norm.running_var):
            if statistic is not None:
                statistic.zero_()
    blocks = blocks.contiguous()
    failed: int = load_library().logicjsc_statistics(
        ctypes.byref(layout.network),
        ctypes.byref(Data(features.data_ptr(), None, None, None, None, len(features))),
        ctypes.c_void_p(blocks.data_ptr()),
        *(ctypes.c_int64(number) for number in (*blocks.shape, threads)),
    )
    if failed:
        raise MemoryError


def scores_of(network: nn.Module, features: torch.Tensor, threads: int) -> torch.Tensor:
    """Scores with the running statistics, float32 ``[samples, outputs]``; values standardised.

    Args:
        network: one of ours, on the CPU.
        features: standardised, float32 ``[samples, features]``.
        threads: threads to use; results do not depend on it.

    Raises:
        MemoryError: there is not even enough for a block of 512 samples.
    """
    layout = Layout(network)
    scores = torch.empty(len(features), layout.outputs)
    failed: int = load_library().logicjsc_evaluate(
        ctypes.byref(layout.network),
        ctypes.byref(Data(features.data_ptr(), None, None, None, None, len(features))),
        ctypes.c_int64(threads),
        ctypes.c_void_p(scores.data_ptr()),
    )
    if failed:
        raise MemoryError
    return scores


def _address(tensor: torch.Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()
