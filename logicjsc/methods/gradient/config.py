"""Every setting of the gradient method, its default and its bounds.

The figures of the sparse network mirror LogicNets (Umuroglu et al., arXiv:2004.03021): batch
normalisation and a learned bias in front of a signed input quantiser, unsigned hidden quantisers,
a signed output quantiser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from logicjsc.core.settings import Section, SettingError, sections, setting
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.distil.config import TeacherConfig
from logicjsc.methods.gradient.families.family import family_sections, find_family, known_families
from logicjsc.methods.method import MethodConfig

Rounding: TypeAlias = Literal["rectified", "signed"]
"""What hidden outputs are rounded to."""

Connectivity: TypeAlias = Literal[
    "covering", "random", "dense-top-k", "prune-and-regrow", "straight-through"
]

LEARNED: Final = ("dense-top-k", "prune-and-regrow", "straight-through")
"""Kinds of connectivity that training changes."""


_MOST_BITS = 10
"""Most inputs of a neuron that reads bits: training holds a matrix of its addresses squared."""


@dataclass(frozen=True)
class NetworkConfig(Section):
    """Shape of the network. Settings by layer take one entry, or one per layer."""

    kind: Literal["sparse", "dense"] = setting(
        "sparse", "sparse: quantised truth-table neurons; dense: float layers"
    )
    hidden: tuple[int, ...] = setting(
        (64, 32, 32, 32), "neurons of each hidden layer", at_least=1, at_most=65_536
    )
    input_bits: int = setting(
        2, "bits of each quantised number; a feature that is a bit stays one", at_least=1, at_most=8
    )
    thresholds: int = setting(
        0,
        "instead, bits per number that compare it with quantiles; 0: none",
        at_least=0,
        at_most=1024,
    )
    bits: int | tuple[int, ...] = setting(
        2, "output bits of each layer, the last layer included", at_least=1, at_most=8
    )
    fan_in: int | tuple[int, ...] = setting(
        3, "inputs of each neuron, by layer, the last layer included", at_least=1
    )
    neuron: str | tuple[str, ...] = setting(
        "linear", "family of the neurons, by layer; each has a section of its own settings"
    )
    activation: Rounding | tuple[Rounding, ...] = setting(  # noqa: RUF009 - not seen through the alias
        "rectified",
        "how hidden outputs are rounded, by layer but for the last; rectified: from 0 upwards; "
        "signed: to both sides of 0, so that skips within mlp neurons lead through several layers",
    )
    scores: Literal["quantised", "sum"] = setting(
        "quantised", "quantised: the last layer's outputs; sum: what its neurons add"
    )
    connectivity: Connectivity = setting(  # noqa: RUF009 - not seen through the alias
        "covering",
        "covering: every source is read where the shape allows; random: plain draws; learned in "
        "training: dense-top-k (read everything, keep the largest weights), prune-and-regrow "
        "(exchange the smallest), straight-through (select by learned scores)",
    )
    connectivity_seed: int = setting(0, "seed of the connectivity", at_least=0)
    skips: tuple[tuple[int, int], ...] = setting(
        (), "pairs [from, to]: layer `to` also reads the outputs of layer `from`; 0 is the input"
    )
    input_bias: float = setting(-0.25, "start of the learned bias before the input quantiser")
    input_max: float = setting(1.0, "start of the input quantiser's range", above=0.0)
    hidden_max: float = setting(1.61, "start of the hidden quantisers' range", above=0.0)
    output_max: float = setting(1.33, "start of the output quantiser's range", above=0.0)
    score_bias: float = setting(0.33, "start of the learned bias on the scores")
    families: Mapping[str, Any] = sections(family_sections)

    @property
    def layers(self) -> int:
        """Layers of neurons, the last one included."""
        return len(self.hidden) + 1

    @property
    def neurons(self) -> tuple[str, ...]:
        """Family of each layer."""
        return self.neuron if isinstance(self.neuron, tuple) else (self.neuron,) * self.layers

    def settings_of(self, family: str) -> Any:  # noqa: ANN401 - its own dataclass
        """Settings of a family, its defaults if nothing is said."""
        given = self.families.get(family)
        return find_family(family).settings() if given is None else given

    def check(self) -> None:
        """Settings by layer have one entry per layer, skips go forwards, families fit together."""
        for key in ("bits", "fan_in", "neuron", "activation"):
            self._check_length(key, getattr(self, key), 1 if key == "activation" else 0, key)
        for name, own in self.families.items():
            if "bits" in vars(own):
                self._check_length(f"{name}.bits", own.bits, 0, f"{name}.bits")
        for start, end in self.skips:
            if not 0 <= start < end - 1 < self.layers:
                raise SettingError(
                    "skips",
                    f"network.skips entry [{start}, {end}] must run from an earlier layer (0: the "
                    f"input) over at least one layer to a layer up to {self.layers}",
                )
        self._check_families()

    def _check_length(self, key: str, value: Any, hidden: int, name: str) -> None:  # noqa: ANN401 - one, or one per layer
        if isinstance(value, tuple) and len(value) != self.layers - hidden:
            size = (
                f"has {self.layers - 1} hidden layers"
                if hidden
                else f"has {self.layers} layers, the output layer included"
            )
            raise SettingError(
                key,
                f"network.{name} = {list(value)} has {len(value)} entries; the network {size}",
            )

    def _check_families(self) -> None:
        known = known_families()
        for name in self.neurons:
            if name not in known:
                raise SettingError(
                    "neuron",
                    f"network.neuron = {name!r} is no family of neurons; use one of "
                    f"{', '.join(known)}",
                )
        families = [known[name] for name in self.neurons]
        if self.scores == "sum" and not families[-1].adds:
            adding = ", ".join(repr(name) for name, family in known.items() if family.adds)
            raise SettingError(
                "scores",
                f"network.scores = 'sum' needs a last layer that adds; set network.neuron to one "
                f"of {adding} there",
            )
        reading = [place for place, family in enumerate(families) if family.reads_bits]
        if not reading:
            return
        name = self.neurons[reading[0]]
        if not self.thresholds or reading != list(range(len(reading))):
            raise SettingError(
                "neuron",
                f"{name} neurons read bits; set network.thresholds, such as to 8, and put no other "
                f"neurons in front of them",
            )
        fan_in = self.fan_in if isinstance(self.fan_in, tuple) else (self.fan_in,) * self.layers
        widest = max(fan_in[place] for place in reading)
        if widest > _MOST_BITS:
            raise SettingError(
                "fan_in",
                f"network.fan_in = {widest} of {name} neurons makes tables of 2**{widest} bits, "
                f"which do not fit into memory in training; set it to at most {_MOST_BITS} there",
            )
        if families[-1].reads_bits and self.scores != "sum":
            raise SettingError(
                "scores", f"a last layer of {name} neurons needs network.scores = 'sum'"
            )


@dataclass(frozen=True)
class TrainingConfig(Section):
    """How the network learns."""

    epochs: int = setting(60, "passes over the training samples", at_least=1)
    batch_size: int = setting(1024, "samples per step", at_least=2)
    learning_rate: float = setting(1e-3, "AdamW's peak learning rate", above=0.0)
    seed: int = setting(0, "seed of weights and batch order", at_least=0)
    weight_decay: float = setting(1e-3, "AdamW's weight decay, on weights only", at_least=0.0)
    betas: tuple[float, float] = setting((0.5, 0.999), "AdamW's betas", at_least=0.0, below=1.0)
    choose: Literal["auto", "accuracy", "loss", "auc", "error"] = setting(
        "auto",
        "validation metric that chooses the checkpoint; auto: accuracy, of values the loss; error: "
        "mean absolute error",
    )
    class_weights: Literal["none", "balanced"] = setting(
        "none", "balanced: a rare class counts as much as a frequent one"
    )
    false_positive_rate: float = setting(
        0.0,
        "rate at which the threshold of a binary target is chosen on validation samples; 0: the "
        "threshold of the highest accuracy",
        at_least=0.0,
        below=1.0,
    )
    schedule: Literal["one-cycle", "cosine", "warm-restarts", "constant"] = setting(
        "one-cycle", "learning rate over time"
    )
    warm_up: float = setting(
        0.1,
        "fraction of a one-cycle or cosine schedule in which the rate rises",
        at_least=0.0,
        below=1.0,
    )
    final_rate: float = setting(
        0.0,
        "where one-cycle, cosine and restarts end, as a fraction of the peak",
        at_least=0.0,
        at_most=1.0,
    )
    restart_epochs: int = setting(100, "period of the warm restarts, in epochs", at_least=1)
    label_smoothing: float = setting(
        0.0, "fraction of each label spread over all classes", at_least=0.0, below=1.0
    )
    averaging: Literal["none", "exponential", "stochastic"] = setting(
        "none",
        "exponential: validate and keep a moving average of the weights; stochastic: the mean of "
        "those at the ends of the last epochs",
    )
    average_decay: float = setting(
        0.999, "what an exponential average keeps of itself each step", at_least=0.0, below=1.0
    )
    average_start: float = setting(
        0.75, "fraction of the run before a stochastic average", at_least=0.0, below=1.0
    )
    patience: int = setting(
        0, "stop after so many epochs without a better validation; 0: never", at_least=0
    )
    start_from: str = setting(
        "", "run whose weights to start from, where name and shape fit; empty: fresh weights"
    )
    connectivity_fraction: float = setting(
        0.25, "fraction of the epochs in which connections are learned", above=0.0, below=1.0
    )
    connectivity_sparsity: float = setting(
        1e-3,
        "dense-top-k: weight, in the loss, of sources beyond the fan-in (Hoyer)",
        at_least=0.0,
    )
    connectivity_interval: int = setting(
        1, "prune-and-regrow: epochs between changes of connections", at_least=1
    )
    connectivity_exchange: float = setting(
        0.3,
        "prune-and-regrow: fraction of the connections exchanged at first; falls to none",
        above=0.0,
        at_most=1.0,
    )
    connectivity_regrow: Literal["gradient", "random"] = setting(
        "gradient", "prune-and-regrow: connect what the loss asks for, or draw"
    )
    device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "auto: CUDA where there is a GPU, but for linear neurons that learn connections"
    )
    threads: int = setting(1, "CPU threads; results of the fused engine do not change", at_least=1)
    engine: Literal["auto", "fused", "brevitas"] = setting(
        "auto",
        "fused: compiled steps (CPU: C++, CUDA: a kernel or a graph); brevitas: its modules, step "
        "by step; auto: fused where it can be had",
    )
    population: int = setting(
        1, "networks trained at once; the best by validation is kept", at_least=1, at_most=16_384
    )


@dataclass(frozen=True)
class MembersConfig(Section):
    """Settings that differ between the members of a population: nothing, or one entry each."""

    seed: tuple[int, ...] = setting(
        (), "instead of training.seed; empty: counted up from it", at_least=0
    )
    connectivity_seed: tuple[int, ...] = setting(
        (), "instead of network.connectivity_seed; empty: counted up from it", at_least=0
    )
    learning_rate: tuple[float, ...] = setting((), "instead of training.learning_rate", above=0.0)
    weight_decay: tuple[float, ...] = setting((), "instead of training.weight_decay", at_least=0.0)
    input_bias: tuple[float, ...] = setting((), "instead of network.input_bias")
    input_max: tuple[float, ...] = setting((), "instead of network.input_max", above=0.0)
    hidden_max: tuple[float, ...] = setting((), "instead of network.hidden_max", above=0.0)
    output_max: tuple[float, ...] = setting((), "instead of network.output_max", above=0.0)
    score_bias: tuple[float, ...] = setting((), "instead of network.score_bias")


@dataclass(frozen=True)
class DistillationConfig(TeacherConfig):
    """A teacher, and how much it counts beside the labels."""

    weight: float = setting(
        0.5,
        "the teacher's fraction of the loss; the labels have the rest",
        at_least=0.0,
        at_most=1.0,
    )
    temperature: float = setting(
        2.0, "what scores of teacher and network are divided by to compare them", above=0.0
    )


@dataclass(frozen=True)
class Config(MethodConfig):
    """All settings of one run of the gradient method."""

    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    members: MembersConfig = field(default_factory=MembersConfig)
    teacher: DistillationConfig = field(default_factory=DistillationConfig)

    def check(self) -> None:
        """Members have one entry each, and learned connectivity suits the rest."""
        population = self.training.population
        for key, entries in vars(self.members).items():
            if entries and len(entries) != population:
                raise SettingError(
                    f"members.{key}",
                    f"members.{key} = {list(entries)} has {len(entries)} entries; "
                    f"training.population = {population}, so leave it out or give {population}",
                )
        if self.network.connectivity in LEARNED:
            self._check_connectivity()

    def _check_connectivity(self) -> None:
        network, training = self.network, self.training
        key = "network.connectivity"
        here = f"network.connectivity = {network.connectivity!r}"
        if network.kind == "dense":
            raise SettingError(
                key, f"{here} needs sparse neurons; leave it out, or set network.kind to 'sparse'"
            )
        other = next((name for name in network.neurons if not find_family(name).linear), None)
        if other is not None:
            raise SettingError(
                key,
                f"{here} is for linear neurons, not network.neuron = {other!r}; use 'covering' or "
                f"'random'",
            )
        if training.start_from:
            raise SettingError(
                key,
                f"{here} cannot go with training.start_from, which brings its own connections; "
                f"leave one of them out",
            )
        epochs = learning_epochs(self)
        if not 0 < epochs < training.epochs:
            raise SettingError(
                "training.connectivity_fraction",
                f"training.connectivity_fraction = {training.connectivity_fraction:g} of "
                f"{training.epochs} epochs leaves {epochs} to learn connections and "
                f"{training.epochs - epochs} to train with them; both need one, so change it or "
                f"training.epochs",
            )
        if (
            training.averaging == "stochastic"
            and training.average_start < training.connectivity_fraction
        ):
            raise SettingError(
                "training.average_start",
                f"training.average_start = {training.average_start:g} lies before the end of "
                f"learning connections; set it to at least training.connectivity_fraction = "
                f"{training.connectivity_fraction:g}",
            )


def learning_epochs(config: Config) -> int:
    """Epochs in which connections are learned; 0 if they are fixed from the start."""
    if config.network.connectivity not in LEARNED:
        return 0
    return round(config.training.connectivity_fraction * config.training.epochs)
