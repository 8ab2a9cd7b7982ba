"""Every setting, its default and its bounds.

The figures of the sparse network mirror LogicNets (Umuroglu et al., arXiv:2004.03021): batch
normalisation and a learned bias in front of a signed input quantiser, unsigned hidden quantisers,
a signed output quantiser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from logicjsc.core.settings import setting
from logicjsc.dataset.config import DataConfig

Rounding: TypeAlias = Literal["rectified", "signed"]
"""What hidden outputs are rounded to."""

Neuron: TypeAlias = Literal["linear", "polynomial", "mlp", "added", "edges", "lookup"]

Connectivity: TypeAlias = Literal[
    "covering", "random", "dense-top-k", "prune-and-regrow", "straight-through", "learned"
]


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of the network. Per-layer settings take one number, or one per layer."""

    kind: Literal["sparse", "dense"] = setting(
        "sparse", "sparse: quantised truth-table neurons; dense: float layers"
    )
    hidden: tuple[int, ...] = setting((64, 32, 32, 32), "neurons of each hidden layer", at_least=1)
    input_bits: int = setting(2, "bits of each quantised feature", at_least=1, at_most=8)
    thresholds: int = setting(
        0,
        "instead, bits per feature that compare it with quantiles; 0: none",
        at_least=0,
        at_most=1024,
    )
    bits: int | tuple[int, ...] = setting(
        2, "output bits of each layer, the last layer included", at_least=1, at_most=8
    )
    fan_in: int | tuple[int, ...] = setting(
        3, "inputs of each neuron, by layer, the last layer included", at_least=1
    )
    neuron: Neuron | tuple[Neuron, ...] = setting(  # noqa: RUF009 - not seen through the alias
        "linear",
        "what neurons compute, by layer; linear: weighted sums; polynomial: of products as well; "
        "mlp: small networks; added: sums of a few polynomials; "
        "edges: sums of functions of one input; lookup: tables of bits, learned directly",
    )
    degree: int = setting(2, "most factors of the products in polynomials", at_least=1, at_most=8)
    mlp_depth: int = setting(4, "layers of an mlp neuron", at_least=1, at_most=16)
    mlp_width: int = setting(8, "width of an mlp neuron's layers", at_least=1, at_most=256)
    mlp_skip: int = setting(
        2, "layers of an mlp neuron that a skip connection spans; 0: none", at_least=0, at_most=16
    )
    terms: int = setting(
        2,
        "polynomials that an added neuron adds, or bits that vote for a class in lookup neurons, "
        "each with its own inputs",
        at_least=2,
        at_most=1024,
    )
    activation: Rounding | tuple[Rounding, ...] = setting(  # noqa: RUF009 - not seen through the alias
        "rectified",
        "how hidden outputs are rounded, by layer but for the last; rectified: from 0 upwards; "
        "signed: to both sides of 0, so that skips within mlp neurons lead through several layers",
    )
    term_bits: int | tuple[int, ...] = setting(
        4, "bits of what is added, by layer", at_least=2, at_most=8
    )
    edge_units: int = setting(
        8, "hidden units of each source of edges neurons", at_least=1, at_most=64
    )
    scores: Literal["quantised", "sum"] = setting(
        "quantised", "quantised: the last layer's outputs; sum: what its neurons add"
    )
    connectivity: Connectivity = setting(  # noqa: RUF009 - not seen through the alias
        "covering",
        "covering: every source is read where the shape allows; random: plain draws; learned in "
        "training: dense-top-k (read everything, keep the largest weights), prune-and-regrow "
        "(exchange the smallest), straight-through (select by learned scores); learned: the same "
        "for lookup neurons",
    )
    connectivity_seed: int = setting(0, "seed of the connectivity", at_least=0)
    skips: tuple[tuple[int, int], ...] = setting(
        (), "pairs [from, to]: layer `to` also reads the outputs of layer `from`; 0 is the input"
    )
    input_bias: float = setting(-0.25, "start of the learned bias before the input quantiser")
    input_max: float = setting(1.0, "start of the input quantiser's range", above=0.0)
    hidden_max: float = setting(1.61, "start of the hidden quantisers' range", above=0.0)
    output_max: float = setting(1.33, "start of the output quantiser's range", above=0.0)
    score_bias: float = setting(0.33, "start of the learned bias on the class scores")


@dataclass(frozen=True)
class TrainingConfig:
    """How the network learns."""

    epochs: int = setting(60, "passes over the training jets", at_least=1)
    batch_size: int = setting(1024, "jets per step", at_least=2)
    learning_rate: float = setting(1e-3, "AdamW's peak learning rate", above=0.0)
    seed: int = setting(0, "seed of weights and batch order", at_least=0)
    weight_decay: float = setting(1e-3, "AdamW's weight decay, on weights only", at_least=0.0)
    betas: tuple[float, float] = setting((0.5, 0.999), "AdamW's betas", at_least=0.0, below=1.0)
    schedule: Literal["one-cycle", "cosine", "warm-restarts", "constant"] = setting(
        "one-cycle", "learning rate over time"
    )
    warm_up: float = setting(
        0.1,
        "part of a one-cycle or cosine schedule in which the rate rises",
        at_least=0.0,
        below=1.0,
    )
    final_rate: float = setting(
        0.0,
        "where one-cycle, cosine and restarts end, as a part of the peak",
        at_least=0.0,
        at_most=1.0,
    )
    restart_epochs: int = setting(100, "period of the warm restarts, in epochs", at_least=1)
    label_smoothing: float = setting(
        0.0, "part of each label spread over all classes", at_least=0.0, below=1.0
    )
    teacher: str = setting("", "run whose scores are learned from, too (distillation)")
    teacher_weight: float = setting(
        0.5, "the teacher's part of the loss; the labels have the rest", at_least=0.0, at_most=1.0
    )
    teacher_temperature: float = setting(
        2.0, "what scores of teacher and network are divided by to compare them", above=0.0
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
        0.75, "part of the run before a stochastic average", at_least=0.0, below=1.0
    )
    patience: int = setting(
        0, "stop after so many epochs without a better validation; 0: never", at_least=0
    )
    start_from: str = setting(
        "", "run whose weights to start from, where name and shape fit; empty: fresh weights"
    )
    connectivity_part: float = setting(
        0.25, "part of the epochs in which connections are learned", above=0.0, below=1.0
    )
    connectivity_sparsity: float = setting(
        1e-3,
        "dense-top-k: weight, in the loss, of sources beyond the fan-in (Hoyer)",
        at_least=0.0,
    )
    connectivity_interval: int = setting(
        1, "prune-and-regrow: epochs between changes of connections", at_least=1
    )
    connectivity_fraction: float = setting(
        0.3,
        "prune-and-regrow: part of the connections exchanged at first; falls to none",
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
        "fused: compiled steps (CPU: C++, CUDA: a graph); brevitas: its modules, step by step; "
        "auto: fused where it can be had",
    )
    population: int = setting(
        1, "networks trained at once; the best by validation is kept", at_least=1
    )


@dataclass(frozen=True)
class MembersConfig:
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
class Config:
    """All settings of one run."""

    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    members: MembersConfig = field(default_factory=MembersConfig)
