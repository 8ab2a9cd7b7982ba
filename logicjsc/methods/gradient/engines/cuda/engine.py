"""Training with one kernel: an epoch is a few launches, with no wait for the device in between.

Data, batches and learning rates lie on the device; so do the modules and their optimisers, which
the kernel changes in place.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import accumulate
from typing import Final

import numpy as np
import torch

from logicjsc.dataset import Dataset, Scaler
from logicjsc.methods.gradient.averaging import measure_stacked_statistics, shares_of
from logicjsc.methods.gradient.config import TrainingConfig
from logicjsc.methods.gradient.engines.batches import batches_of, rates_of
from logicjsc.methods.gradient.engines.cuda.driver import Kernels
from logicjsc.methods.gradient.engines.cuda.layout import Data, Evaluation
from logicjsc.methods.gradient.engines.cuda.plan import Device, Grid, Plan, plan_steps, schedule
from logicjsc.methods.gradient.engines.cuda.tables import Tables, fits, training_tables
from logicjsc.methods.gradient.engines.stacked import StackedNetwork
from logicjsc.methods.gradient.engines.watch import Watch, unwatched
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network.blocks import blocks_of, norm_of
from logicjsc.methods.gradient.network.inputs import prepare_features
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective
from logicjsc.methods.gradient.optimiser import learning_rate_at

_STEPS_PER_LAUNCH: Final = 1024
"""Some systems end kernels that run for seconds."""

_EVALUATION_THREADS: Final = 128
_JETS_PER_THREAD: Final = 8


def plan_of(members: list[Member], objective: Objective, device: Device) -> Plan | None:
    """How a device would train some members; None if it cannot: see `fits` and `plan_steps`."""
    networks = [member.network for member in members]
    if not fits(blocks_of(networks[0]).blocks):
        return None
    return plan_steps(
        Tables(networks).network,
        members=len(members),
        batch=members[0].config.training.batch_size,
        teacher=objective.teacher is not None,
        device=device,
    )


class KernelEngine:
    """A member to each cluster of thread blocks.

    Sums have a fixed order, so results repeat themselves to the bit; a member's are those of the
    same network trained alone but for the order of sums, if it is divided among more blocks.
    """

    def __init__(
        self,
        members: list[Member],
        dataset: Dataset,
        scaler: Scaler,
        device: torch.device,
        *,
        kernels: Kernels,
        plan: Plan,
        objective: Objective = CROSS_ENTROPY,
    ) -> None:
        self.members, self.device, self.objective = members, device, objective
        self.kernels, self.plan = kernels, plan
        self.training = members[0].config.training
        prepare = prepare_features(scaler)

        def prepared(features: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> torch.Tensor:
            tensor: torch.Tensor = prepare(torch.from_numpy(features))
            return tensor.to(device).contiguous()

        self.features = prepared(dataset.train.features)
        self.labels = torch.from_numpy(dataset.train.targets).long().to(device)
        self.validation = prepared(dataset.validation.features)
        self.samples = Data(
            self.features.data_ptr(),
            self.labels.data_ptr(),
            None if objective.teacher is None else objective.teacher.data_ptr(),
            len(self.features),
        )
        self.count = len(self.features) // self.training.batch_size
        self.losses = torch.zeros((len(members), self.count), device=device)
        launches = schedule(len(members), self.count, plan.together, _STEPS_PER_LAUNCH)
        sizes = [len(tasks) for tasks in launches]
        self._launches = list(zip(accumulate(sizes, initial=0), sizes, strict=False))
        everything = [task for tasks in launches for task in tasks]
        self.tasks = torch.tensor(everything, dtype=torch.int32, device=device)
        self._owners: list[torch.optim.AdamW] = []

    def train_epoch(self, epoch: int, watch: Watch = unwatched) -> torch.Tensor:  # noqa: ARG002
        """See `Engine.train_epoch`."""
        self._find_members()
        order, rates = self._order(epoch), self._rates(epoch)
        plan, steps = self.plan, self.steps
        steps.order, steps.rates = order.data_ptr(), rates.data_ptr()
        for begin, clusters in self._launches:
            steps.tasks = self.tasks[begin:].data_ptr()
            self.kernels.launch(plan.kernel, steps, plan.grid(clusters))
        self._count_steps(epoch)
        if self.averaged is not None:
            self.averaged.read()
            measure_stacked_statistics(self.averaged, self.features, order)
            self.averaged.write(0)
        return self.losses.cpu()

    def validation_scores(self) -> torch.Tensor:
        """See `Engine.validation_scores`."""
        self._find_members()
        tables = self.candidates
        members, samples = len(self.members), len(self.validation)
        scores = torch.empty((members, samples, tables.classes), device=self.device)
        parts = math.ceil(samples / (_EVALUATION_THREADS * _JETS_PER_THREAD))
        argument = Evaluation(
            tables.network,
            Data(self.validation.data_ptr(), None, None, samples),
            scores.data_ptr(),
            parts,
        )
        weights = tables.weights + tables.weights % 2
        shared_bytes = 4 * weights + (8 + _EVALUATION_THREADS) * tables.rows
        grid = Grid(members * parts, _EVALUATION_THREADS, 1, shared_bytes)
        self.kernels.launch("logicjsc_evaluate", argument, grid)
        return scores

    def _order(self, epoch: int) -> torch.Tensor:
        """Which samples each step of each member sees, int64 ``[members, steps, batch]``."""
        return torch.stack(
            [
                batches_of(member.config.training, epoch, len(self.features), self.device)
                for member in self.members
            ]
        )

    def _rates(self, epoch: int) -> torch.Tensor:
        """What AdamW needs of each step, float32 ``[members, steps, 4]``; see ``layout.h``."""
        known: dict[TrainingConfig, list[float]] = {}
        first = self.members[0].optimiser
        before = float(next(iter(first.state.values()))["step"])
        counts = before + 1 + np.arange(self.count)
        beta1, beta2 = self.training.betas
        # Members differ neither in the kind of average nor in its length.
        shares = shares_of(self.training, epoch, self.count)
        table = np.zeros((len(self.members), self.count, 4), np.float32)
        for row, member in zip(table, self.members, strict=True):
            training = replace(member.config.training, seed=0)
            if training not in known:
                known[training] = rates_of(training, epoch, self.count)
            rates = np.array(known[training])
            row[:, 0] = rates
            row[:, 1] = rates / (1 - beta1**counts)
            row[:, 2] = 1 / np.sqrt(1 - beta2**counts)
            row[:, 3] = 0.0 if shares is None else shares
        return torch.from_numpy(table).to(self.device)

    def _find_members(self) -> None:
        """Look up where the members' numbers are, which a restored run has replaced."""
        owners = [member.optimiser for member in self.members]
        if owners == self._owners:
            return
        self._owners = owners
        self.tables, self.steps = training_tables(self.members)
        averages = [member.averaged for member in self.members if member.averaged is not None]
        self.averaged = StackedNetwork(averages) if averages else None
        self.candidates = Tables(averages) if averages else self.tables
        training, objective = self.training, self.objective
        states = [member.optimiser.state.values() for member in self.members]
        counts = [
            norm_of(block).num_batches_tracked for blocks in self.tables.blocks for block in blocks
        ]
        self._counters = (
            [state["step"] for values in states for state in values],
            [count for count in counts if count is not None],
        )
        for name, value in {
            "samples": self.samples,
            "places": self.plan.places,
            "losses": self.losses.data_ptr(),
            "total": self.count,
            "batch": training.batch_size,
            "samples_per_block": self.plan.samples,
            "columns": self.plan.columns,
            "ranks_log2": self.plan.ranks.bit_length() - 1,
            "beta1": training.betas[0],
            "beta2": training.betas[1],
            "epsilon": self.members[0].optimiser.param_groups[0]["eps"],
            "smoothing": objective.smoothing,
            "teacher_weight": objective.teacher_weight,
            "temperature": objective.temperature,
        }.items():
            setattr(self.steps, name, value)

    def _count_steps(self, epoch: int) -> None:
        for member in self.members:
            last = (epoch + 1) * self.count - 1
            rate = learning_rate_at(last, self.count, member.config.training)
            for group in member.optimiser.param_groups:
                group["lr"] = rate
        # One operation for all of a kind.
        for counters in self._counters:
            torch._foreach_add_(counters, self.count)
