"""The ends of a netlist, measured on the ONNX model: input thresholds and output scores.

Nothing is assumed about what stands between a feature and its code (scaling, normalisation, a
bias): the threshold of each code is found by bisection over all finite float32 numbers, so
comparing a feature with it gives the model's own code, exactly. Bisection assumes that codes rise
or fall steadily; `probes` says where that is checked.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import DataError, NetlistError, OnnxModelError
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.schema import Target, TargetKind
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Graph
from logicjsc.frontend.onnx.lowering.ends import End
from logicjsc.frontend.onnx.probes import (
    around_thresholds,
    beside_thresholds,
    from_ordinal,
    numbers_of_all_sizes,
    to_ordinal,
)
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.refusals import label_of
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

_FARTHEST: Final = np.finfo(np.float32).max
"""Thresholds are searched among all finite numbers."""

_AT_ONCE: Final = 1024
"""Inputs that are looked at alone in one batch."""

_MOST_AT_ONCE: Final = 1 << 24
"""Numbers in one batch of probes."""

_MOST_WORK: Final = 1 << 28
"""Numbers in all probes of one step of the search."""

_WIDEST_SCORE: Final = 16
"""Most bits of a class score: the decoder holds the score of every code."""


def find_encoder(model: QuantisedModel, runner: CodeRunner, metadata: dict[str, str]) -> Encoder:
    """Thresholds and codes of every input signal.

    Raises:
        OnnxModelError: a code does not rise or fall steadily with its feature, or the metadata
            names fixed-point words that the model does not round to.
    """
    features = np.array([int(model.inputs_of[source][0]) for source in runner.inputs])
    low, high = (_probe_alone(model, runner, features, end) for end in (-_FARTHEST, _FARTHEST))
    steps = np.abs(high - low)
    direction = np.where(high >= low, 1, -1)
    most = int(steps.max(initial=0))
    sharing = int(_turns(features).max(initial=0)) + 1
    if sharing * max(most, 1) * len(features) > _MOST_WORK:
        busy = int(np.bincount(features).argmax())
        raise OnnxModelError(
            f"feature {busy} is quantised {sharing:,} times "
            f"({model.describe(int(runner.inputs[0]))} and others), too often to find all "
            f"thresholds; quantise each feature once, and read "
            f"its signal several times"
        )
    # All inputs and steps at once: the smallest number at which a code has moved that far.
    step = np.arange(1, most + 1)[:, None]
    below = np.full((most, len(features)), to_ordinal(-_FARTHEST), np.int64)
    above = np.full((most, len(features)), to_ordinal(_FARTHEST), np.int64)
    while (above - below > 1).any():
        middle = (below + above) // 2
        reached = _probe_each(model, runner, features, from_ordinal(middle))
        passed = (reached - low) * direction >= step
        above = np.where(passed, middle, above)
        below = np.where(passed, below, middle)
    thresholds = np.where(steps >= step, from_ordinal(above), np.float32(np.inf)).T
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
    last = label_of(model.graph.producer[model.graph.output])
    width, signed = model.format_of(int(model.outputs[0]))
    if any(model.format_of(int(source)) != (width, signed) for source in model.outputs):
        raise OnnxModelError(
            f"the outputs of {last} differ in width or sign; end the model with one quantiser of "
            f"all scores"
        )
    if width > _WIDEST_SCORE:
        raise OnnxModelError(
            f"the scores of {last} are sums of {width} bits, the limit is {_WIDEST_SCORE}; add "
            f"fewer or narrower signals, or end the model with a quantiser"
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
        raise OnnxModelError(
            f"some output code has a score, made by {last}, that is no finite number; end the "
            f"model with a quantiser of a smaller scale, and no function that overflows behind it"
        )
    target, thresholds = _target(metadata, len(blocks), model.graph.end)
    shared = bool((scores == scores[:, :1]).all())
    if target.kind == "classes" and not shared:
        raise OnnxModelError(
            f"equal output codes of different classes give different scores, made by {last}; end "
            f"the model with one quantiser of one scale for all classes: argmax compares codes"
        )
    table = scores[:, 0] if shared else scores.T
    try:
        return Decoder(target.names, table, signed, target.kind, thresholds)
    except NetlistError as error:
        raise OnnxModelError(
            f"the scores, made by {last}, do not rise with the output codes, so comparing integers "
            f"would decide otherwise than the model ({error}); end it with its last quantiser"
        ) from error


def named_ends(graph: Graph, metadata: dict[str, str]) -> tuple[tuple[str, ...], Target]:
    """Names of a model's features, and what it predicts; it need not become a netlist.

    Raises:
        OnnxModelError: its metadata is damaged.
    """
    target, _ = _target(metadata, graph.outputs, graph.end)
    return _names(metadata, "feature_names", graph.features, FEATURE), target


def _target(metadata: dict[str, str], outputs: int, end: End) -> tuple[Target, tuple[float, ...]]:
    """What a model predicts, and the thresholds of its scores."""
    if "target" in metadata:
        try:
            target = Target.from_dict(json.loads(metadata["target"]))
            thresholds = tuple(map(float, json.loads(metadata.get("thresholds", "[]"))))
        except (ValueError, TypeError, DataError) as error:
            raise OnnxModelError(
                f"the model's metadata entries 'target' and 'thresholds' are damaged ({error}); "
                f"correct or remove them"
            ) from error
        if target.outputs == outputs:
            return target, thresholds
    if end.kind == "affirmed":
        kind: TargetKind = "binary" if outputs == 1 else "labels"
        names = _names(metadata, "class_names", max(outputs, 2), CLASS)
        return Target(kind, names), (end.threshold,) * outputs
    if outputs == 1:
        return Target("value", _names(metadata, "class_names", 1, VALUE)), ()
    return Target("classes", _names(metadata, "class_names", outputs, CLASS)), ()


def _check_encoder(model: QuantisedModel, runner: CodeRunner, encoder: Encoder) -> None:
    """Compare with the model next to the thresholds, and on numbers of all sizes."""
    count = model.graph.features
    blocks = [
        *beside_thresholds(encoder, count),
        around_thresholds(encoder, count),
        numbers_of_all_sizes(count),
    ]
    for probes in blocks:
        codes = runner.run_inputs(probes)
        wrong = np.argwhere((codes != encoder.encode(probes)).T)
        if len(wrong):
            index, row = wrong[0]
            raise _unsteady(model, runner, int(index), probes[row], encoder)


def _check_rounding(encoder: Encoder) -> None:
    """Check that a feature and its word's value lie on the same side of every threshold.

    Rounding never changes the order of two numbers, so it is enough to look at each threshold and
    at the number right below it.
    """
    if encoder.words is None:
        return
    for index, feature in enumerate(encoder.features):
        at = encoder.thresholds[index][np.isfinite(encoder.thresholds[index])]
        numbers = np.stack([at, np.nextafter(at, np.float32(-np.inf))])
        rows = np.repeat(numbers.reshape(-1, 1), len(encoder.feature_names), axis=1)
        rounded = encoder.words.values(rows)[:, feature].reshape(numbers.shape)
        if ((rounded >= at) != (numbers >= at)).any():
            raise OnnxModelError(
                f"the model's metadata entry 'feature_words' gives feature "
                f"{encoder.feature_names[feature]!r} words that the model does not round to; "
                f"export the model again, or remove the entry"
            )


def _unsteady(
    model: QuantisedModel,
    runner: CodeRunner,
    index: int,
    row: Array | None = None,
    encoder: Encoder | None = None,
) -> OnnxModelError:
    """Why thresholds cannot replace an input; ``row`` are features that show it."""
    name, feature = model.describe(int(runner.inputs[index])), 0
    seen = ""
    if row is not None and encoder is not None:
        feature = int(encoder.features[index])
        alone = np.zeros_like(row)
        alone[feature] = row[feature]
        alone = alone[None]
        codes = runner.run_inputs(alone)
        if codes[0, index] == encoder.encode(alone)[0, index]:
            return OnnxModelError(
                f"{name} depends on other features than feature {feature} where they are large "
                f"(one is {row[np.abs(row).argmax()]:g}): something overflows in front of it; "
                f"quantise each feature by itself, or limit it (Clip) first"
            )
        seen = f" (seen at {row[feature]:g})"
    return OnnxModelError(
        f"{name} does not rise or fall steadily with its feature{seen}, so no list of thresholds "
        f"can replace it; scale and quantise the feature itself, without functions that turn "
        f"around or overflow"
    )


def _values(model: QuantisedModel, runner: CodeRunner, features: Array) -> Array:
    """Signed integers behind the input codes, int64 ``[rows, inputs]``."""
    codes = runner.run_inputs(features)
    quantisers = [model.quantiser_of(int(source)) for source in runner.inputs]
    columns = [
        values_of(column, entry.width, signed=entry.signed)
        for column, entry in zip(codes.T, quantisers, strict=True)
    ]
    return np.stack(columns, axis=1)


def _probe_alone(
    model: QuantisedModel, runner: CodeRunner, features: Array, number: np.floating[Any]
) -> Array:
    """Values ``[inputs]`` when each input's own feature is a number and all others are zero."""
    found = []
    for start in range(0, len(features), _AT_ONCE):
        mine = features[start : start + _AT_ONCE]
        rows = np.zeros((len(mine), model.graph.features), np.float32)
        rows[np.arange(len(mine)), mine] = number
        values = _values(model, runner, rows)
        found.append(values[np.arange(len(mine)), start + np.arange(len(mine))])
    return np.concatenate(found)


def _probe_each(
    model: QuantisedModel, runner: CodeRunner, features: Array, numbers: Array
) -> Array:
    """Values ``[probes, inputs]`` when each input's own feature is its own number."""
    # Inputs that share a feature need rows of their own.
    turn = _turns(features)
    probes, inputs = numbers.shape
    found = np.zeros((probes, inputs), np.int64)
    at_once = max(_MOST_AT_ONCE // max(probes * inputs, 1), 1)
    for start in range(0, int(turn.max()) + 1, at_once):
        mine = np.flatnonzero((turn >= start) & (turn < start + at_once))
        own = turn[mine] - start
        rows = np.zeros((int(own.max()) + 1, probes, model.graph.features), np.float32)
        rows[own, :, features[mine]] = numbers.T[mine]
        values = _values(model, runner, rows.reshape(-1, model.graph.features))
        found[:, mine] = values.reshape(-1, probes, inputs)[own, :, mine].T
    return found


def _turns(features: Array) -> Array:
    """How many inputs before each one read the same feature."""
    counts: dict[int, int] = {}
    turns = []
    for feature in features.tolist():
        turns.append(counts.get(feature, 0))
        counts[feature] = turns[-1] + 1
    return np.array(turns, np.int64)


def _names(metadata: dict[str, str], key: str, count: int, prefix: str) -> tuple[str, ...]:
    """Names from the model's metadata, else a prefix and numbers."""
    if key in metadata:
        try:
            listed = json.loads(metadata[key])
        except ValueError:
            listed = None
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise OnnxModelError(
                f"the model's metadata entry {key!r} is no JSON list of names; correct or remove it"
            )
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
            f"the model's metadata entry 'feature_words' holds no word formats ({error}); correct "
            f"or remove it"
        ) from error
    return words
