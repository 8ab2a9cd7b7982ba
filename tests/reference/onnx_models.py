"""Quantised ONNX models as other exporters write them, each with its meaning in plain numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from reference.onnx_builder import Builder, ForeignModel, Quant, sparse_weights

S2 = Quant(2, signed=True)
U2 = Quant(2)
OUT = Quant(4, signed=True, scale=0.25)


def dense_transposed(rng: np.random.Generator, opset: int) -> ForeignModel:
    return _dense(rng, opset, trans_b=True)


def dense_untransposed(rng: np.random.Generator, opset: int) -> ForeignModel:
    return _dense(rng, opset, trans_b=False)


def _dense(rng: np.random.Generator, opset: int, *, trans_b: bool) -> ForeignModel:
    b = Builder(5, opset)
    x = b.quantise_features(b.affine(b.features, 0.5, 0.125), S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 6, 5, 3), trans_b=trans_b), U2)
    y = b.quantise(b.gemm(h, *sparse_weights(rng, 3, 6, 3), trans_b=trans_b), OUT)
    return b.finish(y, score_scale=0.75, bias=0.5)


def matmul_and_add(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.matmul_add(x, *sparse_weights(rng, 5, 4, 2)), U2)
    h = b.quantise(b.matmul_add(h, *sparse_weights(rng, 5, 5, 3), swap=True), Quant(3))
    return b.finish(b.quantise(b.matmul_add(h, *sparse_weights(rng, 2, 5, 2)), OUT))


def gather_multiply_reduce(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(5, opset)
    values = b.quantise_features(b.features, S2)
    for neurons, quant in ((6, U2), (4, OUT)):
        rows = [rng.choice(len(values), 3, replace=False) for _ in range(neurons)]
        weight = rng.choice([-1, 1], (neurons, 3)) * rng.integers(1, 9, (neurons, 3)) / 4
        bias = rng.integers(-16, 17, neurons) / 16
        values = b.quantise(b.gathered(values, np.array(rows), weight, bias), quant)
    return b.finish(values)


def skip_connections(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Some neurons behind a Concat read one side of it only."""
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    first = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 4, 2)), U2)
    both = b.concat(x, first)
    weight, bias = sparse_weights(rng, 5, 8, 3)
    weight[0, 4:], weight[0, :2] = 0, (0.5, -1)
    weight[1, :4], weight[1, 5:7] = 0, (0.5, -1)
    second = b.quantise(b.gemm(both, weight, bias), U2)
    every = b.concat(second, x, first)
    weight, bias = sparse_weights(rng, 3, 13, 3)
    weight[0] = 0
    weight[0, 5:7] = (1, -0.5)
    return b.finish(b.quantise(b.matmul_add(every, weight, bias), OUT))


def every_neuron_reads_one_side(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Behind a Concat, yet no neuron reads the features' side."""
    b = Builder(3, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 3, 2)), U2)
    weight, bias = sparse_weights(rng, 2, 4, 2)
    padded = np.concatenate([np.zeros((2, 3)), weight], axis=1)
    return b.finish(b.quantise(b.gemm(b.concat(x, h), padded, bias), OUT))


def scales_per_channel(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(2, signed=True, scale=(0.25, 0.5, 1.0, 2.0)))
    hidden = Quant(2, scale=(0.25, 1.0, 0.5, 0.125, 2.0))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 5, 4, 3)), hidden)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 3, 5, 3)), OUT))


def mixed_widths(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Inputs of one, three and four bits; neurons of one layer differ in address bits."""
    b = Builder(5, opset)
    parts = [
        b.quantise_features(b.pick(b.features, columns), quant)
        for columns, quant in (
            ((4, 0), Quant(3, signed=True, scale=0.25)),
            ((1,), Quant(1, scale=1.0)),
            ((3, 2), Quant(4, scale=0.125)),
        )
    ]
    h = b.quantise(b.gemm(b.concat(*parts), *sparse_weights(rng, 6, 5, 2)), Quant(3, scale=0.25))
    g = b.quantise(b.gemm(h, *sparse_weights(rng, 4, 6, 2)), Quant(1, scale=0.5))
    weight, bias = sparse_weights(rng, 3, 10, 3)
    return b.finish(b.quantise(b.gemm(b.concat(h, g), weight, bias), Quant(5, signed=True)))


def single_bits(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(6, opset)
    bit = Quant(1, scale=1.0)
    values = b.quantise_features(b.features, bit)
    for _ in range(2):
        values = b.quantise(b.gemm(values, *sparse_weights(rng, 6, 6, 4)), bit)
    return b.finish(
        b.quantise(b.gemm(values, *sparse_weights(rng, 3, 6, 5)), Quant(3, signed=True))
    )


def eight_bits_without_clip(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(3, opset)
    x = b.quantise_features(b.features, Quant(8, signed=True, scale=1 / 64, clip=False))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 3, 1)), Quant(8, scale=1 / 64, clip=False))
    # Narrow again, so that the tables stay small.
    g = b.quantise(b.gemm(h, *sparse_weights(rng, 4, 4, 1)), U2)
    last = Quant(8, signed=True, scale=1 / 32, clip=False)
    return b.finish(b.quantise(b.gemm(g, *sparse_weights(rng, 2, 4, 3)), last))


def zero_points(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(3, zero_point=3))
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 4, 4, 2)), Quant(3, signed=True, zero_point=-2))
    return b.finish(
        b.quantise(b.gemm(h, *sparse_weights(rng, 3, 4, 2)), Quant(8, zero_point=100, clip=False))
    )


def narrow_ranges(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    narrow = Quant(3, signed=True, scale=0.25, narrow=True)
    values = b.quantise_features(b.features, narrow)
    for neurons in (4, 3):
        values = b.quantise(b.gemm(values, *sparse_weights(rng, neurons, len(values), 2)), narrow)
    return b.finish(values)


def thermometers(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Several one-bit inputs read one feature at different heights."""
    b = Builder(3, opset)
    bit = Quant(1, scale=1.0)
    raw = b.pick(b.features, [0, 0, 0, 2, 2, 1])
    first = b.quantise_features(b.affine(raw, 1.0, [-1, 0.25, 1, -0.5, 0.5, 0]), bit)
    again = b.quantise_features(b.affine(b.features, 2.0, 0.125), S2)
    both = b.concat(first, again)
    h = b.quantise(b.gemm(both, *sparse_weights(rng, 5, 9, 4)), U2)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 3, 5, 3)), OUT))


def quantised_weights(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, *sparse_weights(rng, 5, 4, 3), quantised="int8"), U2)
    y = b.gemm(h, *sparse_weights(rng, 3, 5, 3), quantised="float")
    return b.finish(b.quantise(y, OUT))


def falling_inputs(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Codes that fall while their feature rises."""
    b = Builder(4, opset)
    raw = b.normalise(b.features, [-1.0, 0.5, -0.25, 2.0], [0.25, -0.5, 0, 1])
    x = b.quantise_features(raw, Quant(3, signed=True))
    h = b.normalised(b.gemm(x, *sparse_weights(rng, 5, 4, 2)), [1, -0.5, 2, 1, -1], [0.5] * 5)
    return b.finish(b.quantise(b.gemm(b.quantise(h, U2), *sparse_weights(rng, 3, 5, 3)), OUT))


def constant_neurons(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Neurons without weights, and an input that is masked to a constant."""
    b = Builder(4, opset)
    x = b.quantise_features(b.affine(b.features, [1.0, 0.0, 0.5, 1.0], 0.75), S2)
    weight, bias = sparse_weights(rng, 5, 4, 3)
    weight[2], bias[2] = 0, 1.0
    h = b.quantise(b.gemm(x, weight, bias), U2)
    weight, bias = sparse_weights(rng, 3, 5, 3)
    weight[0], bias[0] = 0, -0.5
    weight[1] = [0, 0.5, -1, 0, 0.25]
    return b.finish(b.quantise(b.gemm(h, weight, bias), OUT))


def only_constants(rng: np.random.Generator, opset: int) -> ForeignModel:
    """A layer of constants, and outputs that read nothing else."""
    b = Builder(2, opset)
    x = b.quantise_features(b.features, S2)
    h = b.quantise(b.gemm(x, np.zeros((3, 2)), [0.5, 1, 0]), U2)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 2, 3, 2)), OUT))


def one_layer(rng: np.random.Generator, opset: int) -> ForeignModel:
    b = Builder(4, opset)
    x = b.quantise_features(b.features, Quant(3, signed=True))
    return b.finish(b.quantise(b.gemm(x, *sparse_weights(rng, 3, 4, 3)), OUT))


def inputs_quantised_twice(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Each output is an input code that went through a quantiser of its own."""
    b = Builder(3, opset)
    x = b.quantise_features(b.features, Quant(4, signed=True, scale=rng.integers(1, 4) / 8))
    return b.finish(b.quantise(x, Quant(3, signed=True)))


def outputs_are_inputs(_: np.random.Generator, opset: int) -> ForeignModel:
    """No layer at all: input codes are the outputs, one of them twice."""
    b = Builder(3, opset)
    picked = b.pick(b.features, [2, 0, 1])
    x = b.quantise_features(picked, Quant(3, signed=True))
    return b.finish(b.concat(x, x))


def masks_and_activations(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Masks on activations, Relu and Abs in front of quantisers, products of products."""
    b = Builder(5, opset)
    x = b.quantise_features(b.features, S2)
    kept = b.masked(x, [1.0, 0.0, -0.5, 1.0, 2.0])
    h = b.quantise(b.activated(b.gemm(kept, *sparse_weights(rng, 6, 5, 3)), "Abs"), U2)
    inner = b.gemm(h, *sparse_weights(rng, 3, 6, 2))
    outer = b.matmul_add(inner, np.eye(3)[[1, 2, 0]] * 0.5, [0.5, 0, -1])
    return b.finish(b.quantise(b.activated(outer, "Relu"), Quant(4, signed=True)))


def moved_about(rng: np.random.Generator, opset: int) -> ForeignModel:
    """Reshape, Transpose, Slice, Squeeze and friends between the layers."""
    b = Builder(6, opset)
    x = b.shuffled(b.quantise_features(b.features, S2), 2)
    h = b.shuffled(b.quantise(b.gemm(x, *sparse_weights(rng, 6, 6, 2)), U2), 3)
    return b.finish(b.quantise(b.gemm(h, *sparse_weights(rng, 4, 6, 3)), OUT))


FOREIGN: dict[str, Callable[[np.random.Generator, int], ForeignModel]] = {
    make.__name__: make
    for make in (
        dense_transposed,
        dense_untransposed,
        matmul_and_add,
        gather_multiply_reduce,
        skip_connections,
        every_neuron_reads_one_side,
        scales_per_channel,
        mixed_widths,
        single_bits,
        eight_bits_without_clip,
        zero_points,
        narrow_ranges,
        thermometers,
        quantised_weights,
        falling_inputs,
        constant_neurons,
        only_constants,
        one_layer,
        inputs_quantised_twice,
        outputs_are_inputs,
        masks_and_activations,
        moved_about,
    )
}


def foreign_model(kind: str, opset: int = 17, seed: int = 0) -> ForeignModel:
    """One of the models above, with weights drawn from ``seed``."""
    return FOREIGN[kind](np.random.default_rng(seed), opset)
