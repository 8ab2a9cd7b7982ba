"""Steps of Adam on a network of tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from logicjsc.core.errors import TrainingError
from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import Column
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.merging import without
from logicjsc.methods.prune.native.library import CodedSamples, Contents, Look, Loss, look
from logicjsc.methods.prune.scaling import better_scale
from logicjsc.methods.prune.state import Edges, State, code_slopes

_BETAS: Final = (0.9, 0.99)
_EPSILON: Final = 1e-10

_AVERAGE_EVERY: Final = 20
"""Steps after which the average of the parameters is brought up to date."""

_AVERAGE_NEW: Final = 0.02
"""Weight of the new parameters in it."""

_LONGEST_WARMUP: Final = 256

_SCALE_EVERY: Final = 50
"""Steps after which the value of a step of the scores is fitted again."""

_SCALED: Final = 2048
"""Training samples that it is fitted to."""


@dataclass
class Moments:
    """Adam's two moments of each parameter (Kingma and Ba, arXiv:1412.6980), and its steps."""

    first: list[Array]
    second: list[Array]
    steps: int = 0

    @classmethod
    def of(cls, parameters: list[Array]) -> Moments:
        """Moments that are zero."""
        return cls([np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters])

    def move(self, parameters: list[Array], gradients: list[Array], rate: float) -> None:
        """Change the parameters in place, by one step at a learning rate."""
        self.steps += 1
        slow, fast = (1 - beta**self.steps for beta in _BETAS)
        for place, gradient in enumerate(gradients):
            mean, square = self.first[place], self.second[place]
            mean += (1 - _BETAS[0]) * (gradient - mean)
            square += (1 - _BETAS[1]) * (gradient * gradient - square)
            parameters[place] -= rate * (mean / slow) / (np.sqrt(square / fast) + _EPSILON)


@dataclass
class Trainer:
    """A network, its optimiser and the samples it learns from.

    Attributes:
        state: the network.
        train: what it learns from.
        config: settings.
        loss: what is minimised.
        coded: what the samples' codes are of.
        rng: draws the samples of each step.
        moments: of the optimiser.
        sparsity: how strongly tables are drawn towards constants.
    """

    state: State
    train: CodedSamples
    config: ScheduleConfig
    loss: Loss = "softmax"
    coded: list[Column] = field(init=False)
    rng: np.random.Generator = field(init=False)
    moments: Moments = field(init=False)
    sparsity: float = 0.0

    def __post_init__(self) -> None:
        self.coded = list(self.state.columns)
        self.rng = np.random.default_rng(self.config.seed)
        self.moments = Moments.of(self.state.parameters())

    def learn(
        self, steps: int, first_rate: float, last_rate: float, *, averaged: bool = False
    ) -> float:
        """Take steps whose rate falls, or rises, evenly in its logarithm.

        Args:
            steps: how many.
            first_rate: learning rate of the first step.
            last_rate: learning rate behind the last step.
            averaged: end at an exponential average of the parameters.

        Returns:
            Mean loss of the steps: in nats, or squared error in standard deviations.

        Raises:
            TrainingError: the loss is no number any more.
        """
        losses = 0.0
        means = [parameter.copy() for parameter in self.state.parameters()]
        for step in range(steps):
            rate = first_rate * math.exp(math.log(last_rate / first_rate) * step / steps)
            # What leaves float32 makes the loss no number, which is refused below.
            with np.errstate(all="ignore"):
                losses += self._step(rate)
            if self.config.fitted_step and step % _SCALE_EVERY == _SCALE_EVERY - 1:
                self._fit_scale()
            if averaged and step % _AVERAGE_EVERY == 0:
                means = [
                    mean + np.float32(_AVERAGE_NEW) * (parameter - mean)
                    for mean, parameter in zip(means, self.state.parameters(), strict=True)
                ]
        if averaged:
            for mean, parameter in zip(means, self.state.parameters(), strict=True):
                parameter[...] = mean
        parameters = self.state.parameters()
        if not (math.isfinite(losses) and all(np.isfinite(part).all() for part in parameters)):
            raise TrainingError(
                f"the loss is no finite number at a learning rate of {first_rate:g}; lower "
                f"prune.learning_rate"
            )
        return losses / steps

    @property
    def step(self) -> float:
        """Value of one step of the scores."""
        return self.config.score_step * self.state.scale

    def look(self, samples: CodedSamples, *, scores: bool = False) -> Look:
        """Loss on samples, and their scores if they are asked for."""
        return look(
            self.state.contents(),
            samples,
            step=self.step,
            loss=self.loss,
            grain=self._grain(),
            huber=self.config.huber,
            scores=scores,
        )

    def squares(self) -> Contents:
        """`Look.squares` over ``config.judged_samples`` training samples."""
        chosen = self._draw(self.config.judged_samples)
        seen = self._look_with_gradients(chosen, self.state.contents(), squares=True)
        if seen.squares is None:
            raise RuntimeError("no squares were computed")
        return seen.squares

    def keep(self, columns: Array, hidden: Array) -> None:
        """Go on with some columns and hidden neurons only; numbers, ascending."""
        moments = self.moments

        def some(arrays: list[Array]) -> list[Array]:
            first, offset, second, bias, direct = arrays
            return [
                first[columns][:, :, hidden],
                offset[hidden],
                second[hidden],
                bias,
                direct[columns],
            ]

        moments.first, moments.second = some(moments.first), some(moments.second)
        self.state = self.state.kept(columns, hidden)
        self.coded = [self.coded[column] for column in columns]
        if len(columns) < self.train.codes.shape[1]:
            codes = np.ascontiguousarray(self.train.codes[:, columns])
            self.train = replace(self.train, codes=codes)

    def follow(self) -> None:
        """Let codes of samples, and moments, follow columns that have lost bits."""
        changed = [
            place
            for place, (before, after) in enumerate(
                zip(self.coded, self.state.columns, strict=True)
            )
            if len(before.parts) != len(after.parts)
        ]
        if not changed:
            return
        codes = self.train.codes.copy()
        for place in changed:
            codes[:, place] = without(codes[:, place], self.coded[place], self.state.columns[place])
        self.train = replace(self.train, codes=codes)
        self.coded = list(self.state.columns)
        for moments in (self.moments.first, self.moments.second):
            first, _, _, _, direct = moments
            first[changed] = direct[changed] = 0

    def _fit_scale(self) -> None:
        """Let a step of the scores be worth what suits the network as it is."""
        chosen, train = self._draw(_SCALED), self.train
        some = CodedSamples(
            train.codes[chosen],
            train.wanted[chosen],
            None if train.targets is None else train.targets[chosen],
            None if train.weights is None else train.weights[chosen],
        )
        scores = self.look(some, scores=True).scores
        if scores is not None and np.isfinite(scores).all():
            self.state.scale *= better_scale(scores, some, self.loss, self.step)

    def _grain(self) -> float:
        """For `look`; scores that are whole multiples anyway need no rounding."""
        grain = self.state.score_grain
        return grain if grain > self.state.score_unit else 0.0

    def _draw(self, count: int) -> Array:
        samples = len(self.train)
        return self.rng.integers(0, samples, min(count, samples), dtype=np.int32)

    def _look_with_gradients(
        self, chosen: Array, contents: Contents, *, squares: bool = False
    ) -> Look:
        train = replace(self.train, targets=None) if squares else self.train
        return look(
            contents,
            train,
            step=self.step,
            loss=self.loss,
            chosen=chosen,
            slope=code_slopes(contents.second),
            smoothing=self.config.label_smoothing,
            penalty=self.config.overflow_penalty,
            grain=self._grain(),
            huber=self.config.huber,
            squares=squares,
        )

    def _step(self, rate: float) -> float:
        state = self.state
        layers = (state.first, state.second, state.direct)
        first, second, direct = (edges.smooth() for edges in layers)
        contents = state.contents_of(first, second, direct)
        seen = self._look_with_gradients(self._draw(self.config.batch_size), contents)
        gradients = seen.gradients
        if gradients is None:
            raise RuntimeError("no gradients were computed")
        passed = [
            state.first.pass_back(gradients.first, first),
            gradients.offset,
            state.second.pass_back(gradients.second, second),
            gradients.bias,
            state.direct.pass_back(gradients.direct, direct),
        ]
        self.moments.move(state.parameters(), passed, rate)
        if self.sparsity:
            for edges in layers:
                _shrink(edges, rate * self.sparsity)
        return seen.loss


def _shrink(edges: Edges, amount: float) -> None:
    """Draw every table towards a constant, small ones faster.

    The gradient of the logarithm of 1 plus the deviation of a table's coefficients in steps, a
    smooth measure of its width, applied beside Adam as weight decay is in AdamW.
    """
    there = edges.functions[:, :, None]
    count = there.sum(axis=1, keepdims=True, dtype=np.float32)
    mean = (edges.coefficients * there).sum(axis=1, keepdims=True) / count
    apart = (edges.coefficients - mean) * there
    deviation = np.sqrt((apart * apart).sum(axis=1, keepdims=True) / count)
    sizes = edges.step_sizes()[:, None]
    by = amount / ((1 + deviation / sizes) * np.maximum(deviation, np.float32(1e-12)))
    edges.coefficients -= np.minimum(by, 1) * apart


def warmup_steps(steps: int) -> int:
    """Steps in which the learning rate rises, before ``steps`` in which it falls."""
    return max(1, min(_LONGEST_WARMUP, steps // 10))
