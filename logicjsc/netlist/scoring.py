"""What a netlist makes of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from logicjsc.core.errors import DataError, NetlistError
from logicjsc.dataset.features import features_of
from logicjsc.dataset.metrics import Metrics, measure
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array, Samples
from logicjsc.netlist.codec import CLASS, FEATURE, VALUE, Decoder, Encoder, names_fit
from logicjsc.netlist.evaluate import evaluate
from logicjsc.netlist.ir import Netlist

_SHOWN = 3


def ends_of(netlist: Netlist) -> tuple[Encoder, Decoder]:
    """The encoder and decoder that a netlist needs to be tried on samples.

    Raises:
        NetlistError: it has none.
    """
    if netlist.encoder is None or netlist.decoder is None:
        raise NetlistError(
            f"netlist {netlist.name!r} has no encoder and decoder, so samples say nothing about it"
        )
    return netlist.encoder, netlist.decoder


def check_features(netlist: Netlist, samples: Samples) -> None:
    """Refuse samples whose features are not the netlist's.

    One that has no names for them takes any of the same number, in their order.

    Raises:
        DataError: their names or number differ.
    """
    if netlist.encoder is None:
        return
    names = netlist.encoder.feature_names
    if not names_fit(names, samples.feature_names, FEATURE):
        raise DataError(
            f"netlist {netlist.name!r} takes {len(names)} features ({_some(names)}), the samples "
            f"of {samples.source} have {len(samples.feature_names)} "
            f"({_some(samples.feature_names)})"
        )


def check_target(netlist: Netlist, samples: Samples) -> None:
    """Refuse samples whose target is not what the netlist decides.

    One that has no names for its outputs decides any of the same kind and number, in their order.

    Raises:
        DataError: kinds or names differ.
    """
    _, decoder = ends_of(netlist)
    target = samples.target
    prefix = VALUE if decoder.kind == "value" else CLASS
    if decoder.kind != target.kind or not names_fit(decoder.class_names, target.names, prefix):
        raise DataError(
            f"netlist {netlist.name!r} decides {decoder.kind} ({_some(decoder.class_names)}), the "
            f"samples of {samples.source} have {target.kind} ({_some(target.names)})"
        )


def codes_of(netlist: Netlist, features: Any) -> Array:  # noqa: ANN401 - an array or a data frame
    """Input codes of raw features that come from outside, uint32 ``[samples, inputs]``.

    Args:
        netlist: the network.
        features: an array ``[samples, features]``, or a data frame with the columns that the
            network was made for or with its features, in any order.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: columns are missing, or a value is missing, not finite in float32 or, of a bit,
            neither 0 nor 1; the message names row and column.
    """
    encoder, _ = ends_of(netlist)
    known = Provenance.in_netlist(netlist.provenance)
    columns = () if known is None else known.schema.columns
    return encoder.encode(features_of(features, encoder.feature_names, columns))


def scores_of(netlist: Netlist, samples: Samples) -> Array:
    """Scores that a netlist gives to samples, float32 ``[samples, outputs]``.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples have other features.
    """
    encoder, decoder = ends_of(netlist)
    check_features(netlist, samples)
    return decoder.decode(evaluate(netlist, encoder.encode(samples.features)))


def metrics_of(netlist: Netlist, samples: Samples) -> Metrics:
    """Metrics of a netlist on samples.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples have other features or another target.
    """
    scores = scores_of(netlist, samples)
    check_target(netlist, samples)
    _, decoder = ends_of(netlist)
    return measure(scores, samples, np.array(decoder.thresholds) if decoder.thresholds else None)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
