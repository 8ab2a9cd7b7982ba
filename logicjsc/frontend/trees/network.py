"""The netlist of an ensemble with rounded leaves: encoder, trees, sums, decoder."""

from __future__ import annotations

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.dataset.samples import Dataset
from logicjsc.frontend.trees.circuit import sums_of_trees
from logicjsc.frontend.trees.ensemble import Array, Ensemble, used_thresholds
from logicjsc.frontend.trees.quantise import Quantised
from logicjsc.netlist import Decoder, Encoder, Netlist, NetlistBuilder
from logicjsc.netlist.codec import CLASS, FEATURE, VALUE, numbered_names
from logicjsc.netlist.codes import values_of

_BINARY = 2


def netlist_of_trees(
    quantised: Quantised,
    name: str,
    table_bits: int,
    dataset: Dataset | None = None,
    on_progress: OnProgress = silent,
) -> Netlist:
    """The netlist, equal to the integer sums of ``quantised`` on every sample.

    Args:
        quantised: trees with whole numbers for leaves.
        name: of the netlist.
        table_bits: most address bits of a table of thresholds.
        dataset: names where the model has none, and whether two classes are a binary target.
        on_progress: told of finished trees.

    Raises:
        ImportedModelError: no tree splits, or the netlist would be too large.
    """
    ensemble = quantised.ensemble
    thresholds = used_thresholds(ensemble.trees)
    if not thresholds:
        raise ImportedModelError(
            "no tree of the model splits, so it decides the same of every sample; train it again"
        )
    builder = NetlistBuilder(name)
    names = _feature_names(ensemble, dataset)
    counts: dict[int, int] = {}
    inputs = {}
    for feature, threshold in thresholds:
        counts[feature] = counts.get(feature, -1) + 1
        inputs[feature, threshold] = builder.input(f"{names[feature]}_{counts[feature]}")
    outputs, width, signed = sums_of_trees(builder, quantised, inputs, table_bits, on_progress)
    as_classes = (
        ensemble.kind == "binary"
        and dataset is not None
        and dataset.schema.target.kind == "classes"
    )
    if as_classes:
        # The sum is affirmed from 0 on, and the lowest class wins a tie.
        if not signed:
            width, signed = width + 1, True
            outputs = [builder.add(outputs, width=width, signed=True)]
        outputs = [builder.constant(-1, width, signed=True), *outputs]
    encoder = Encoder(
        names,
        np.array([feature for feature, _ in thresholds]),
        np.array([[threshold] for _, threshold in thresholds], np.float32),
        np.tile(np.array([0, 1]), (len(thresholds), 1)),
    )
    decoder = _decoder(quantised, width, dataset, signed=signed, as_classes=as_classes)
    return builder.build(
        outputs,
        encoder=encoder,
        decoder=decoder,
        provenance={"model": ensemble.library, "leaf_step": repr(quantised.step)},
    )


def _decoder(
    quantised: Quantised, width: int, dataset: Dataset | None, *, signed: bool, as_classes: bool
) -> Decoder:
    ensemble = quantised.ensemble
    sums = values_of(np.arange(1 << width), width, signed=signed)
    names = _class_names(ensemble, dataset)
    if ensemble.kind == "value":
        return Decoder(names, _value_scores(quantised, sums), signed, "value")
    scores = ensemble.score((sums + quantised.rest[0]) * quantised.step)
    if not _rises(scores, signed=signed):
        # Far from 0, float32 does not tell neighbours apart: without what all have in common.
        scores = sums * (quantised.step * ensemble.scale)
    if not _rises(scores, signed=signed):
        # A step of a power of two is exact.
        scores = sums * 2.0 ** np.floor(np.log2(quantised.step * ensemble.scale))
    if as_classes or ensemble.kind == "classes":
        return Decoder(names, scores, signed)
    # The score of a raw score of 0 is the plainest border, where float32 keeps it one.
    plain, by_value = np.float32(ensemble.shift), scores.astype(np.float32)
    parts = (by_value[sums < 0] < plain).all() and (by_value[sums >= 0] >= plain).all()
    return Decoder(names, scores, signed, "binary", (float(plain if parts else by_value[0]),))


def _rises(scores: Array, *, signed: bool) -> bool:
    """Whether scores by code rise with the code's value, in float32."""
    by_value = np.roll(scores, len(scores) // 2) if signed else scores
    with np.errstate(over="ignore"):
        return bool((np.diff(by_value.astype(np.float32)) > 0).all())


def _value_scores(quantised: Quantised, sums: Array) -> Array:
    """Scores of values, ``[2**width]`` of one, ``[outputs, 2**width]`` of several.

    Raises:
        ImportedModelError: one is not finite in float32.
    """
    raw = (sums[None, :] + quantised.rest[:, None]) * quantised.step
    with np.errstate(over="ignore"):
        scores = quantised.ensemble.score(raw).astype(np.float32)
    if not np.isfinite(scores).all():
        raise ImportedModelError(
            "a sum of leaves gives a value beyond float32; train on a target of another scale"
        )
    return np.asarray(scores[0] if len(scores) == 1 else scores)


def _feature_names(ensemble: Ensemble, dataset: Dataset | None) -> tuple[str, ...]:
    if ensemble.feature_names:
        return ensemble.feature_names
    if dataset is not None and len(dataset.schema.feature_names) == ensemble.features:
        return dataset.schema.feature_names
    return numbered_names(FEATURE, ensemble.features)


def _class_names(ensemble: Ensemble, dataset: Dataset | None) -> tuple[str, ...]:
    count = _BINARY if ensemble.kind == "binary" else ensemble.outputs
    if ensemble.class_names:
        return ensemble.class_names
    numbers = tuple(str(place) for place in range(count))
    if dataset is not None and len(dataset.schema.target.names) == count:
        names = dataset.schema.target.names
        # The same classes in another order are not the model's: it is then refused by its names.
        reordered = ensemble.kind != "value" and names != numbers and set(names) == set(numbers)
        return numbers if reordered else names
    return numbered_names(VALUE if ensemble.kind == "value" else CLASS, count)
