"""Working points of binary targets and labels: what can be asked of a threshold, and what cannot.

`logicjsc.dataset.metrics.choose_thresholds` chooses it.
"""

from __future__ import annotations

import math

from logicjsc.core.errors import ConfigError
from logicjsc.dataset.samples import Array, Samples
from logicjsc.dataset.schema import Target


def refuse_unreached(
    scores: Array, samples: Samples, false_positive_rate: float, where: str
) -> None:
    """Refuse a false-positive rate that a threshold keeps only by affirming nothing.

    Args:
        scores: of validation samples, ``[samples, outputs]``.
        samples: their targets, binary or labels.
        false_positive_rate: that is asked for; 0 is never refused.
        where: the setting that asks for it.

    Raises:
        ConfigError: no threshold affirms any sample that should be, at this rate.
    """
    if not false_positive_rate:
        return
    wanted = samples.targets.reshape(len(samples), -1) != 0
    names = samples.target.output_names
    for name, column, truth in zip(names, scores.T, wanted.T, strict=True):
        if not truth.any() or truth.all():
            continue
        first = column[truth].max()
        denied = column[~truth]
        above = int((denied >= first).sum())
        if above > false_positive_rate * len(denied):
            least = math.ceil(1e4 * above / len(denied)) / 1e4
            raise ConfigError(
                f"{where} = {false_positive_rate:g} is reached by no threshold that affirms "
                f"anything: {above:,} of the {len(denied):,} validation samples of "
                f"{samples.source} that are not {name!r} score as high as the highest of those "
                f"that are; ask for at least {least:g}, or train a better network"
            )


def check_rate(false_positive_rate: float, target: Target, where: str) -> None:
    """Refuse a false-positive rate for a target that has none.

    Raises:
        ConfigError: it is set, and the target is neither binary nor labels.
    """
    if false_positive_rate and target.kind not in {"binary", "labels"}:
        raise ConfigError(
            f"{where} = {false_positive_rate:g} is for binary targets and labels, and "
            f"{target.column or target.names[0]!r} is of kind {target.kind!r}; set it to 0"
        )
