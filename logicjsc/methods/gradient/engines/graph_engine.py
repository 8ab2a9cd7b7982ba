"""Training of stacked networks: a whole step as a CUDA graph, or operation by operation.

Samples, batches and learning rates lie on the device, and a step finds its own batch there, so an
epoch is so many launches of one graph and nothing waits for the device in between. On the CPU the
same operations run one by one; that is for tests, since the compiled step is faster there.
"""

from __future__ import annotations

import torch
from torch import nn

from logicjsc.dataset import Dataset, Scaler
from logicjsc.methods.gradient.averaging import measure_stacked_statistics, shares_of
from logicjsc.methods.gradient.engines.batches import batches_of, rates_of
from logicjsc.methods.gradient.engines.stacked import StackedNetwork
from logicjsc.methods.gradient.engines.watch import Watch, unwatched
from logicjsc.methods.gradient.member import Member
from logicjsc.methods.gradient.network.inputs import prepare_features
from logicjsc.methods.gradient.objective import CROSS_ENTROPY, Objective
from logicjsc.methods.gradient.optimiser import state_of

_EVALUATION_BATCH = 16_384
_WARM_UP = 3
"""Steps before a capture, in which torch's libraries set themselves up."""


class GraphEngine:
    """All members at once as one wide network."""

    def __init__(
        self,
        members: list[Member],
        dataset: Dataset,
        scaler: Scaler,
        device: torch.device,
        objective: Objective = CROSS_ENTROPY,
    ) -> None:
        self.members, self.device, self.objective = members, device, objective
        self.training = members[0].config.training
        prepare = prepare_features(scaler)
        self.features = prepare(torch.from_numpy(dataset.train.features)).to(device)
        classes = len(dataset.train.class_names)
        labels = torch.from_numpy(dataset.train.targets).long()
        smoothing = objective.smoothing
        hard = nn.functional.one_hot(labels, classes).float().to(device)
        self.wanted = hard * (1 - smoothing) + smoothing / classes
        self.validation = prepare(torch.from_numpy(dataset.validation.features)).to(device)
        self.steps = len(self.features) // self.training.batch_size
        count = len(members)
        self.batches = torch.zeros(
            (count, self.steps, self.training.batch_size), dtype=torch.int64, device=device
        )
        self.rates = torch.zeros((self.steps, count), device=device)
        self.shares = torch.zeros(self.steps, device=device)
        self.losses = torch.zeros((count, self.steps), device=device)
        self.index = torch.zeros(1, dtype=torch.int64, device=device)
        self.count = torch.zeros((), dtype=torch.float64, device=device)
        self.graph: torch.cuda.CUDAGraph | None = None
        # Networks are looked up with the first epoch: some take weights and connections before it.
        self._owners: list[torch.optim.AdamW] = []

    def train_epoch(self, epoch: int, watch: Watch = unwatched) -> torch.Tensor:  # noqa: ARG002
        """See `Engine.train_epoch`."""
        self._take_over()
        self._prepare(epoch)
        if self.device.type == "cuda" and self.graph is None:
            self._capture()
            self._take_over()
            self._prepare(epoch)
        for _ in range(self.steps):
            if self.graph is None:
                self._step()
            else:
                self.graph.replay()
        if self.averaged is not None:
            measure_stacked_statistics(self.averaged, self.features, self.batches)
        self._give_back()
        return self.losses.cpu()

    @torch.no_grad()
    def validation_scores(self) -> torch.Tensor:
        """See `Engine.validation_scores`."""
        self._take_over()
        candidates = self.averaged or self.stacked
        parts = [
            candidates.scores(part.T.expand(len(self.members), -1, -1), training=False)
            for part in self.validation.split(_EVALUATION_BATCH)
        ]
        return torch.cat(parts, dim=2).transpose(1, 2).contiguous()

    def _take_over(self) -> None:
        """Read networks and moments from the modules, which a restored run has replaced."""
        owners = [member.optimiser for member in self.members]
        if self._owners != owners:
            # New optimisers know new parameters: a graph of the old ones is of no use.
            self._owners, self.graph = owners, None
            self.stacked = StackedNetwork([member.network for member in self.members])
            averages = [member.averaged for member in self.members if member.averaged is not None]
            self.averaged = StackedNetwork(averages) if averages else None
            self.states = {
                parameter: state_of(member.optimiser, parameter)
                for member in self.members
                for parameter in member.network.parameters()
            }
            self.first = self.stacked.gather(lambda entry: self.states[entry]["exp_avg"])
            self.second = self.stacked.gather(lambda entry: self.states[entry]["exp_avg_sq"])
            decays = {
                parameter: group["weight_decay"]
                for member in self.members
                for group in member.optimiser.param_groups
                for parameter in group["params"]
            }
            self.decays = self.stacked.gather(lambda entry: torch.full_like(entry, decays[entry]))
        self.stacked.read()
        if self.averaged is not None:
            self.averaged.read()
        self.first.copy_(self.stacked.gather(lambda entry: self.states[entry]["exp_avg"]))
        self.second.copy_(self.stacked.gather(lambda entry: self.states[entry]["exp_avg_sq"]))

    def _give_back(self) -> None:
        self.stacked.write(self.steps)
        if self.averaged is not None:
            self.averaged.write(self.steps)
        self.stacked.scatter(self.first, lambda entry: self.states[entry]["exp_avg"])
        self.stacked.scatter(self.second, lambda entry: self.states[entry]["exp_avg_sq"])
        for state in self.states.values():
            state["step"] += self.steps

    def _prepare(self, epoch: int) -> None:
        """Put the epoch's batches and learning rates in place."""
        configs = [member.config.training for member in self.members]
        for index, config in enumerate(configs):
            self.batches[index].copy_(batches_of(config, epoch, len(self.features), self.device))
        rates = [rates_of(config, epoch, self.steps) for config in configs]
        self.rates.copy_(torch.tensor(rates).T)
        # Members differ neither in the kind of average nor in its length.
        shares = shares_of(self.training, epoch, self.steps)
        if shares is not None:
            self.shares.copy_(torch.tensor(shares))
        self.index.zero_()
        self.count.fill_(float(next(iter(self.states.values()))["step"]))

    def _step(self) -> None:
        """One step of all members, from the batch to the moved parameters."""
        batch = self.batches.index_select(1, self.index)[:, 0]
        scores = self.stacked.scores(self.features[batch].transpose(1, 2), training=True)
        wanted = self.wanted[batch].transpose(1, 2)
        losses = _cross_entropy(scores, wanted)
        if self.objective.teacher is not None:
            weight, temperature = self.objective.teacher_weight, self.objective.temperature
            softened = self.objective.teacher[batch].transpose(1, 2)
            learned = _cross_entropy(scores / temperature, softened)
            losses = (1 - weight) * losses + weight * temperature**2 * learned
        (gradient,) = torch.autograd.grad(losses.sum(), self.stacked.parameters)
        with torch.no_grad():
            self.losses.index_copy_(1, self.index, losses.detach()[:, None])
            self._move(gradient, self.rates.index_select(0, self.index).T)
            if self.averaged is not None:
                share = self.shares.index_select(0, self.index)
                self.averaged.parameters.lerp_(self.stacked.parameters, share)
            self.index += 1

    def _move(self, gradient: torch.Tensor, rates: torch.Tensor) -> None:
        """AdamW (Loshchilov and Hutter, arXiv:1711.05101) with a learning rate per member."""
        beta1, beta2 = self.training.betas
        self.count += 1
        self.first.lerp_(gradient, 1 - beta1)
        self.second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        correction1 = (1 - beta1**self.count).float()
        correction2 = (1 - beta2**self.count).sqrt().float()
        size = self.second.sqrt() / correction2 + 1e-8
        parameters = self.stacked.parameters
        parameters.mul_(1 - rates * self.decays)
        parameters.sub_(rates / correction1 * self.first / size)

    def _capture(self) -> None:
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(min(_WARM_UP, self.steps)):
                self._step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._step()
        self.graph = graph


def _cross_entropy(scores: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of each member, both ``[members, classes, samples]``."""
    return -(scores.log_softmax(dim=1) * wanted).sum(dim=1).mean(dim=1)
