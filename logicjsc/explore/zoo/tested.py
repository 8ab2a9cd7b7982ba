"""What a netlist reaches on some samples, as a point records it, and whether it still does."""

from __future__ import annotations

import math
from typing import Final

from logicjsc.dataset import Samples
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.explore.zoo.accuracy import ErrorScore, Score, score
from logicjsc.explore.zoo.points import AnyTested, Tested, ValuesTested
from logicjsc.netlist import Netlist

_ROUNDING: Final = 1e-9
"""Relative difference of sums that were added up in another order."""


def tested_on(
    netlist: Netlist, samples: Samples, words: FixedPoint | None, samples_of: str
) -> AnyTested:
    """What a netlist reaches on samples, and on the same rounded to words.

    Raises:
        NetlistError: the netlist has no encoder or decoder.
        DataError: the samples have other features.
    """
    plain = score(netlist, samples)
    rounded = None if words is None else score(netlist, samples, words)
    fingerprint = samples.fingerprint()
    if isinstance(plain, Score):
        by_words = rounded.correct if isinstance(rounded, Score) else -1
        return Tested(samples_of, fingerprint, plain.samples, plain.correct, by_words)
    by_words_of = rounded if isinstance(rounded, ErrorScore) else ErrorScore(0, -1, -1.0, -1.0)
    return ValuesTested(
        samples_of,
        fingerprint,
        plain.samples,
        plain.inside,
        plain.error,
        plain.deviation,
        by_words_of.inside,
        by_words_of.error,
        by_words_of.deviation,
    )


def agrees(found: AnyTested, recorded: AnyTested) -> bool:
    """Whether a netlist reaches exactly what is recorded."""
    if isinstance(found, Tested) and isinstance(recorded, Tested):
        return (found.correct, found.correct_by_words) == (
            recorded.correct,
            recorded.correct_by_words,
        )
    if isinstance(found, ValuesTested) and isinstance(recorded, ValuesTested):
        pairs = (
            (found.error, recorded.error),
            (found.error_by_words, recorded.error_by_words),
        )
        same = (found.inside, found.inside_by_words) == (recorded.inside, recorded.inside_by_words)
        return same and all(math.isclose(*pair, rel_tol=_ROUNDING) for pair in pairs)
    return False


def shown(found: AnyTested, recorded: AnyTested) -> str:
    """Both in one line."""
    if isinstance(found, Tested) and isinstance(recorded, Tested):
        text = f"{found.correct:,} of {found.samples:,} correct, recorded {recorded.correct:,}"
        if found.correct_by_words >= 0:
            text += (
                f"; from words {found.correct_by_words:,}, recorded {recorded.correct_by_words:,}"
            )
        return text
    if isinstance(found, ValuesTested) and isinstance(recorded, ValuesTested):
        text = f"error {found.error:.6g}, {found.inside:,} of {found.samples:,} in the core"
        text += f", recorded {recorded.error:.6g}, {recorded.inside:,}"
        if found.inside_by_words >= 0:
            text += f"; from words {found.error_by_words:.6g}"
            text += f", recorded {recorded.error_by_words:.6g}"
        return text
    return "samples of another kind of target than the recorded ones"
