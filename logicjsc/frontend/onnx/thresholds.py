"""The ends of a netlist, measured on the ONNX model: input thresholds and output scores.

Nothing is assumed about what stands between a feature and its code (scaling, normalisation, a
bias): the threshold of each code is found by bisection over all float32 numbers, so comparing a
feature with it gives the model's own code, exactly.
"""

from __future__ import annotations

import json
import math
from typing import Final

import numpy as np

from logicjsc.core.errors import DataError, NetlistError, OnnxModelError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.schema import Target
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.netlist.codec import (
    CLASS,
    FEATURE,
    VALUE,
    Decoder,
    Encoder,
    check_words,
    numbered_names,
    read_words,
)
from logicjsc.netlist.codes import values_of
from logicjsc.netlist.layers import Array

_FARTHEST: Final = np.float32(1e30)
"""Thresholds are searched between plus and minus this; beyond, float32 overflows on the way."""

_WIDEST_SCORE: Final = 16
"""Most bits of a class score: the decoder holds the score of every code."""

_PROBES: Final = 4096
"""Random feature values on which the thresholds are checked."""


def find_encoder(model: QuantisedModel, runner: CodeRunner, metadata: dict[str, str]) -> Encoder:
    """Thresholds and codes of every input signal.

    Raises:
        OnnxModelError: a code does not rise or fall steadily with its feature, or the metadata
            names fixed-point words that the model does not round to.
    """
    features = np.array([int(model.inputs_of[source][0]) for source in runner.inputs])
    low = _values(model, runner, _rows(model, np.full(1, -_FARTHEST)))[0]
    high = _values(model, runner, _rows(model, np.full(1, _FARTHEST)))[0]
    steps = np.abs(high - low)
    direction = np.where(high >= low, 1, -1)
    most = int(steps.max(initial=0))
    # All inputs and steps at once: the smallest number at which a code has moved that far.
    step = np.arange(1, most + 1)[:, None]
    below = np.full((most, len(features)), _to_ordinal(-_FARTHEST), np.int64)
    above = np.full((most, len(features)), _to_ordinal(_FARTHEST), np.int64)
    while (above - below > 1).any():
        middle = (below + above) // 2
        reached = _probe_each(model, runner, features, _from_ordinal(middle))
        passed = (reached - low) * direction >= step
        above = np.where(passed, middle, above)
        below = np.where(passed, below, middle)
    thresholds = np.where(steps >= step, _from_ordinal(above), np.float32(np.inf)).T
    widths = np.array([model.quantiser_of(int(source)).width for source in runner.inputs])
    values = low[:, None] + direction[:, None] * np.arange(most + 1)
    falling = np.flatnonzero((np.sort(thresholds, axis=1) != thresholds).any(axis=1))
    if falling.size:
        raise _unsteady(model, runner, int(falling[0]))
    encoder = Encoder(
        feature_names=_names(metadata, "feature_names", model.graph.features, FEATURE),
        features=features,
        thresholds=thresholds,
        codes=(values & ((1 << widths) - 1)[:, None]).astype(np.uint32),
        words=_words(metadata, model.graph.features),
    )
    _check_encoder(model, runner, encoder)
    _check_rounding(encoder)
    return encoder


def find_decoder(model: QuantisedModel, metadata: dict[str, str]) -> Decoder:
    """The score of every output code, and what scores decide.

    The metadata says which kind of target it is; without, one output is a value and several are
    classes.

    Raises:
        OnnxModelError: the outputs differ in width or sign, or of classes in their scores, or the
            scores do not rise with the code, so that comparing codes would not decide the same.
    """
    blocks = [model.block_of(int(source)) for source in model.outputs]
    width, signed = model.format_of(int(model.outputs[0]))
    if any(model.format_of(int(source)) != (width, signed) for source in model.outputs):
        raise OnnxModelError("the model's outputs differ in width or sign; they need one quantiser")
    if width > _WIDEST_SCORE:
        raise OnnxModelError(
            f"the scores are sums of {width} bits, the limit is {_WIDEST_SCORE}; add fewer "
            f"or narrower signals, or end the model with a quantiser"
        )
    every_code = np.arange(1 << width, dtype=np.uint32)
    distinct = list(dict.fromkeys(blocks))
    feeds = {
        entry.codes: model.write_codes(entry, np.tile(every_code[:, None], (1, entry.size)))
        for entry in distinct
    }
    if model.graph.output in feeds:
        scores = feeds[model.graph.output]
    else:
        session = model.graph.subgraph(list(feeds), [model.graph.output])
        (scores,) = session.run(feeds)
    scores = scores.reshape(len(every_code), -1)
    if not np.isfinite(scores).all():
        raise OnnxModelError("some output code has a score that is no finite number")
    target, thresholds = _target(metadata, len(blocks))
    shared = bool((scores == scores[:, :1]).all())
    if target.kind == "classes" and not shared:
        raise OnnxModelError(
            "equal output codes of different classes give different scores; the outputs need one "
            "shared scale"
        )
    table = scores[:, 0] if shared else scores.T
    try:
        return Decoder(target.names, table, signed, target.kind, thresholds)
    except NetlistError as error:
        raise OnnxModelError(
            f"the scores do not rise with the output codes, so comparing integers would decide "
            f"otherwise than the model ({error})"
        ) from error


def named_ends(graph: Graph, metadata: dict[str, str]) -> tuple[tuple[str, ...], Target]:
    """Names of a model's features, and what it predicts; it need not become a netlist.

    Raises:
        OnnxModelError: its metadata is damaged.
    """
    outputs = math.prod(graph.shapes[graph.output][1:])
    target, _ = _target(metadata, outputs)
    return _names(metadata, "feature_names", graph.features, FEATURE), target


def _target(metadata: dict[str, str], outputs: int) -> tuple[Target, tuple[float, ...]]:
    """What a model predicts, and the thresholds of its scores."""
    if "target" in metadata:
        try:
            target = Target.from_dict(json.loads(metadata["target"]))
            thresholds = tuple(map(float, json.loads(metadata.get("thresholds", "[]"))))
        except (ValueError, TypeError, DataError) as error:
            raise OnnxModelError(
                f"the model's metadata entries 'target' and 'thresholds' are damaged ({error})"
            ) from error
        if target.outputs == outputs:
            return target, thresholds
    if outputs == 1:
        return Target("value", _names(metadata, "class_names", 1, VALUE)), ()
    return Target("classes", _names(metadata, "class_names", outputs, CLASS)), ()


def _check_encoder(model: QuantisedModel, runner: CodeRunner, encoder: Encoder) -> None:
    """Compare with the model on random numbers around the thresholds and far from them."""
    rng = np.random.default_rng(0)
    finite = np.where(np.isfinite(encoder.thresholds), encoder.thresholds, np.nan)
    center, reach = np.zeros(model.graph.features), np.ones(model.graph.features)
    for index, feature in enumerate(encoder.features):
        if np.isfinite(finite[index]).any():
            center[feature] = np.nanmean(finite[index])
            reach[feature] = np.nanmax(np.abs(finite[index] - center[feature])) or 1.0
    shape = (_PROBES // 2, model.graph.features)
    near = center + 3 * reach * rng.uniform(-1, 1, shape)
    far = rng.choice([-1, 1], shape) * 10.0 ** rng.uniform(-20, 20, shape)
    probes = np.concatenate([near, far]).astype(np.float32)
    codes, _, _ = runner.run_features(probes)
    wrong = np.argwhere(codes != encoder.encode(probes))
    if len(wrong):
        raise _unsteady(model, runner, int(wrong[0][1]))


def _check_rounding(encoder: Encoder) -> None:
    """Check that a feature and its word's value lie on the same side of every threshold.

    Rounding never changes the order of two numbers, so it is enough to look at each threshold and
    at the number right below it.
    """
    if encoder.words is None:
        return
    thresholds = np.where(np.isfinite(encoder.thresholds), encoder.thresholds, _FARTHEST)
    for index, feature in enumerate(encoder.features):
        at = thresholds[index][thresholds[index] < _FARTHEST]
        numbers = np.stack([at, np.nextafter(at, np.float32(-np.inf))])
        rows = np.repeat(numbers.reshape(-1, 1), len(encoder.feature_names), axis=1)
        rounded = encoder.words.values(rows)[:, feature].reshape(numbers.shape)
        if ((rounded >= at) != (numbers >= at)).any():
            raise OnnxModelError(
                f"the model's metadata entry 'feature_words' gives feature "
                f"{encoder.feature_names[feature]!r} words that the model does not round to"
            )


def _unsteady(model: QuantisedModel, runner: CodeRunner, index: int) -> OnnxModelError:
    return OnnxModelError(
        f"{model.describe(int(runner.inputs[index]))} does not rise or fall steadily with its "
        f"feature, so no list of thresholds can replace it"
    )


def _values(model: QuantisedModel, runner: CodeRunner, features: Array) -> Array:
    """Signed integers behind the input codes, int64 ``[rows, inputs]``."""
    codes, _, _ = runner.run_features(features)
    quantisers = [model.quantiser_of(int(source)) for source in runner.inputs]
    columns = [
        values_of(column, entry.width, signed=entry.signed)
        for column, entry in zip(codes.T, quantisers, strict=True)
    ]
    return np.stack(columns, axis=1)


def _rows(model: QuantisedModel, column: Array) -> Array:
    """One row of features per number, all features alike."""
    return np.repeat(column[:, None], model.graph.features, axis=1).astype(np.float32)


def _probe_each(
    model: QuantisedModel, runner: CodeRunner, features: Array, numbers: Array
) -> Array:
    """Values ``[probes, inputs]`` when each input's own feature is its own number."""
    # Inputs that share a feature need rows of their own.
    turn = np.array([int((features[:index] == f).sum()) for index, f in enumerate(features)])
    probes, inputs = numbers.shape
    rows = np.zeros((int(turn.max()) + 1, probes, model.graph.features), np.float32)
    rows[turn, :, features] = numbers.T
    values = _values(model, runner, rows.reshape(-1, model.graph.features))
    return np.asarray(values.reshape(-1, probes, inputs)[turn, :, np.arange(inputs)].T)


def _to_ordinal(number: Array | np.float32) -> Array:
    """Map float32 numbers to integers in the same order."""
    bits = np.asarray(number, np.float32).view(np.int32).astype(np.int64)
    return np.where(bits >= 0, bits, -(bits & 0x7FFFFFFF))


def _from_ordinal(ordinal: Array) -> Array:
    """Undo `_to_ordinal`."""
    bits = np.where(ordinal >= 0, ordinal, (-ordinal) | 0x80000000)
    return bits.astype(np.uint32).view(np.float32)


def _names(metadata: dict[str, str], key: str, count: int, prefix: str) -> tuple[str, ...]:
    """Names from the model's metadata, else a prefix and numbers."""
    if key in metadata:
        try:
            listed = json.loads(metadata[key])
        except ValueError:
            listed = None
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise OnnxModelError(f"the model's metadata entry {key!r} is no JSON list of names")
        if len(listed) == count:
            return tuple(listed)
    return numbered_names(prefix, count)


def _words(metadata: dict[str, str], features: int) -> FixedPoint | None:
    """Word formats from the model's metadata, if it has any."""
    if "feature_words" not in metadata:
        return None
    try:
        words = read_words(json.loads(metadata["feature_words"]))
        check_words(words, features)
    except (ValueError, NetlistError) as error:
        raise OnnxModelError(
            f"the model's metadata entry 'feature_words' holds no word formats ({error})"
        ) from error
    return words
