"""Five-bit codes of fixed-point words, cheap enough to come for nothing or a few LUTs.

A **window** is five neighbouring bits of a word: wires. A **segment** code spends its codes where
the samples are: it cuts the word's range into a few segments and is a narrow window in each of
them, at another place of the word. One LUT makes each bit of it (see `segments.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.config import CODE_BITS, ShapeConfig
from logicjsc.methods.prune.segments import CODES, Cells, best_segments

__all__ = ["CODES", "Column", "choose_columns"]


@dataclass(frozen=True, eq=False)
class Column:
    """One code of a feature.

    Attributes:
        name: readable, of letters, digits and underscores.
        feature: number of the feature.
        code_of: code by word, read as an unsigned integer, uint8 ``[2**bits]``.
        luts: 6-input LUTs that make the code from the word.
    """

    name: str
    feature: int
    code_of: Array
    luts: int

    @property
    def order(self) -> Array:
        """All codes in the order in which they follow each other along the words, ``[CODES]``.

        A window repeats itself, so that its codes follow each other as numbers do.
        """
        if not self.luts:
            return np.arange(CODES)
        words = np.bincount(self.code_of, minlength=CODES)
        sums = np.bincount(self.code_of, np.arange(len(self.code_of)), minlength=CODES)
        return np.argsort(sums / np.maximum(words, 1), kind="stable")


def choose_columns(
    words: Array,
    labels: Array,
    names: tuple[str, ...],
    widths: tuple[int, ...],
    shape: ShapeConfig,
) -> list[Column]:
    """The codes of each feature that tell most about the class.

    Of windows that one which tells most by itself, finer ones, which wrap around more often, and
    coarser ones where there are not enough of them; of segment codes each that one which tells most
    together with those before.

    Args:
        words: of training samples, as unsigned integers, int64 ``[samples, features]``.
        labels: class indices ``[samples]``.
        names: of the features.
        widths: of the features' words.
        shape: how many codes there are to be.
    """
    chosen: list[Column] = []
    for feature, name in enumerate(names):
        word, bits = words[:, feature], widths[feature]
        if any(np.array_equal(word, words[:, other]) for other in range(feature)):
            continue  # some published sets have a feature twice
        if bits <= CODE_BITS:
            code = np.arange(1 << bits, dtype=np.uint8)
            chosen.append(Column(f"{name}_bits_{bits - 1}_0", feature, code, 0))
            continue
        alone = cells = Cells.of(word, labels, bits)
        for number in range(shape.segments):
            code = best_segments(cells, bits).code_of
            chosen.append(Column(f"{name}_segments_{number}", feature, code, CODE_BITS))
            cells = cells.told(code)
        windows = list(_windows(name, feature, bits))
        told = [alone.told(window.code_of).information for window in windows]
        first = max(0, int(np.argmax(told)) - shape.windows + 1)
        chosen += windows[first : first + shape.windows]
    return chosen


def _windows(name: str, feature: int, bits: int) -> Iterator[Column]:
    """All windows, the finest first."""
    word = np.arange(1 << bits)
    for shift in range(bits - CODE_BITS + 1):
        code = (word >> shift) & (CODES - 1)
        top = shift + CODE_BITS - 1
        yield Column(f"{name}_bits_{top}_{shift}", feature, code.astype(np.uint8), 0)
