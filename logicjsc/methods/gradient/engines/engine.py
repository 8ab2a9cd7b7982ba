"""What makes the optimiser steps of an epoch; several engines do it, all on the same modules.

An engine changes its members' networks and optimisers in place, so checkpoints, exports and the
final test do not know which one was at work.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from logicjsc.core.errors import ConfigError, OutputError, ToolError, TrainingError
from logicjsc.dataset import Dataset, Scaler
from logicjsc.methods.gradient.config import LEARNED, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.engines.watch import Watch, unwatched
from logicjsc.methods.gradient.families.family import find_family
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective
from logicjsc.methods.gradient.processes import ALONE, Processes


class Engine(Protocol):
    """Trains all members of a run."""

    def train_epoch(self, epoch: int, watch: Watch = unwatched) -> torch.Tensor:
        """Make the steps of epoch number ``epoch`` (from 0) with all members.

        Averages follow each step; at the end their statistics are measured anew.

        Args:
            epoch: its number.
            watch: called now and then, always in this thread; engines of GPUs are done too soon.

        Returns:
            Mean loss of each batch, ``[members, steps]``; from the first that is no finite
            number on, a member's losses mean nothing.
        """
        ...

    def validation_scores(self) -> torch.Tensor:
        """Scores of the validation samples, float32 ``[members, samples, classes]``.

        They are those of the candidates: of the averages if there are any.
        """
        ...


def make_engine(
    config: TrainingConfig,
    members: list[Member],
    dataset: Dataset,
    scaler: Scaler,
    device: torch.device,
    *,
    objective: Objective = CROSS_ENTROPY,
    sharing: Processes = ALONE,
) -> Engine:
    """The engine that the settings ask for.

    Args:
        config: settings of the run.
        members: its networks.
        dataset: its samples.
        scaler: its scaler.
        device: where to train.
        objective: what to minimise.
        sharing: the processes that share each step, if there are several.

    Raises:
        ConfigError: the fused engine is asked for, and several processes share each step, or some
            neurons are not linear, or on CUDA connectivity is learned, features are bits, samples
            have weights or the target is no classes.
        ToolError: the fused engine is asked for, and there is no C++ compiler to build it.
        OutputError: the same, and the cache is of no use.
    """
    from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine

    obstacle = _obstacle(members[0].config.network, device, sharing)
    if not obstacle and device.type == "cuda" and (scaler.wires or not objective.is_plain):
        obstacle = (
            "knows only numbers, and classes of samples that weigh the same, on CUDA; use 'auto'"
        )
    if obstacle and config.engine == "fused":
        raise ConfigError(f"training.engine = 'fused' {obstacle}")
    if obstacle:
        return BrevitasEngine(members, dataset, device, objective, sharing)
    if config.engine != "brevitas" and device.type == "cuda":
        return _cuda_engine(members, dataset, scaler, device, objective)
    if config.engine != "brevitas":
        from logicjsc.methods.gradient.engines.native.engine import NativeEngine
        from logicjsc.methods.gradient.engines.native.library import load_library

        try:
            load_library()
            return NativeEngine(members, dataset, scaler, config.threads, objective)
        except (ToolError, OutputError) as error:
            if config.engine == "fused":
                raise
            logging.getLogger(__name__).warning(
                "training goes through Brevitas, many times slower than compiled: %s", error
            )
    return BrevitasEngine(members, dataset, device, objective)


def _cuda_engine(
    members: list[Member],
    dataset: Dataset,
    scaler: Scaler,
    device: torch.device,
    objective: Objective,
) -> Engine:
    """One kernel if the device has what it takes and the members fit; else a graph of many."""
    from logicjsc.methods.gradient.engines.cuda.driver import load_kernels
    from logicjsc.methods.gradient.engines.cuda.engine import KernelEngine, plan_of
    from logicjsc.methods.gradient.engines.graph_engine import GraphEngine

    log = logging.getLogger(__name__)
    try:
        kernels = load_kernels(device)
        plan = None if kernels is None else plan_of(members, objective, kernels)
        if kernels is not None and plan is not None:
            return KernelEngine(
                members,
                dataset,
                scaler,
                device,
                kernels=kernels,
                plan=plan,
                objective=objective,
            )
        log.info("networks, batches or the GPU do not suit one kernel; a CUDA graph trains them")
    except (ToolError, OutputError) as error:
        log.warning("training goes through CUDA graphs, many times slower: %s", error)
    return GraphEngine(members, dataset, scaler, device, objective)


def _obstacle(network: NetworkConfig, device: torch.device, sharing: Processes) -> str:
    """What the fused engines cannot do of what is asked for, and the fix; empty: nothing."""
    foreign = [
        f"network.neuron = {name!r}" for name in network.neurons if not find_family(name).linear
    ]
    if network.thresholds:
        foreign.append(f"network.thresholds = {network.thresholds}")
    if network.kind == "sparse" and foreign:
        return f"knows linear neurons only, not {foreign[0]}; use 'auto' or 'brevitas'"
    if sharing.count > 1:
        return (
            f"cannot share steps among {sharing.count} processes; use 'auto', or a population, "
            f"whose members are spread over the processes"
        )
    if network.connectivity in LEARNED and device.type == "cuda":
        return (
            f"does not learn network.connectivity = {network.connectivity!r} on CUDA; use 'auto', "
            f"or training.device = 'cpu'"
        )
    return ""


def choose_device(
    wanted: str, local: int | None = None, *, network: NetworkConfig | None = None
) -> torch.device:
    """The device that a setting names; of several GPUs, number ``local``.

    Networks that learn their connections train on the CPU unless CUDA is asked for: the compiled
    step knows how, the kernels of GPUs do not.

    Raises:
        ConfigError: CUDA is wanted and there is none.
    """
    cpu = torch.device("cpu")
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise ConfigError("training.device = 'cuda', but torch finds no CUDA device; use 'cpu'")
    if wanted == "cpu" or not available:
        return cpu
    learns = network is not None and network.connectivity in LEARNED
    # What the compiled step cannot train either, Brevitas trains on the GPU.
    if wanted == "auto" and network and learns and not _obstacle(network, cpu, ALONE):
        return cpu
    return torch.device("cuda") if local is None else torch.device("cuda", local)


def make_deterministic(device: torch.device, threads: int) -> None:
    """Have torch repeat itself to the bit, on so many CPU threads."""
    # More than cores gain nothing, and torch starts all that it is told, whatever the number.
    torch.set_num_threads(min(threads, os.cpu_count() or 1))
    if device.type == "cuda":
        # cuBLAS reads this when its first handle is made; see torch's notes on reproducibility.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)


@contextmanager
def naming_memory(config: TrainingConfig) -> Iterator[None]:
    """Turn running out of memory into the settings to lower.

    Raises:
        TrainingError: the block ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # Torch has a class for GPUs; its allocator of main memory raises plain RuntimeErrors.
        if not isinstance(error, (MemoryError, torch.OutOfMemoryError)) and (
            "can't allocate memory" not in str(error)
        ):
            raise
        raise TrainingError(
            f"memory ran out with training.batch_size = {config.batch_size} and "
            f"training.population = {config.population}; lower one of them"
        ) from error
