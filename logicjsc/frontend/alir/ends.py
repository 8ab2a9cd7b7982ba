"""The ends of a program: words of features in front of it, decisions behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from logicjsc.core.errors import ImportedModelError, NetlistError
from logicjsc.dataset.fixed_point import MAX_BITS, FixedPoint
from logicjsc.dataset.samples import Dataset
from logicjsc.dataset.schema import TargetKind
from logicjsc.frontend.alir.numbers import Number, Numbers, Term
from logicjsc.frontend.alir.program import Format, Program
from logicjsc.netlist import Decoder, Encoder, NetlistBuilder
from logicjsc.netlist.bit_fields import wrap
from logicjsc.netlist.builder import bits_for
from logicjsc.netlist.codec import CLASS, FEATURE, VALUE, numbered_names
from logicjsc.netlist.word_inputs import word_encoder

Decides: TypeAlias = Literal["auto", "classes", "binary", "labels", "value"]

_NARROW_WORD: Final = 16
"""Words get no more bits than this by being taken with bits that wrap."""

_MOST_CODES: Final = 1 << 24
"""Of all inputs' words together: 128 MiB of thresholds and codes, and much more on the way."""

_WIDEST_SCORE: Final = 24
"""Scores are float32, which holds codes of so many bits."""

_NO: Final = "no"
_YES: Final = "yes"


@dataclass(frozen=True)
class Inputs:
    """Inputs of a program, and what turns features into them.

    Attributes:
        numbers: number of each input, by its place among the features.
        encoder: features to codes.
    """

    numbers: dict[int, Number]
    encoder: Encoder


def build_inputs(
    program: Program, builder: NetlistBuilder, dataset: Dataset | None, wrap_bits: int
) -> Inputs:
    """An input for each feature, in the format that the program reads it in.

    Args:
        program: the program.
        builder: where the network is built.
        dataset: its samples, if they are known; the features are called as theirs.
        wrap_bits: bits of a word above those that the program reads.

    Raises:
        ImportedModelError: an input is read in two formats, or is too wide.
    """
    formats: dict[int, Format] = {}
    for place, operation in enumerate(program.operations):
        if operation.kind == "input":
            known = formats.setdefault(operation.number, operation.format)
            if _shape(known) != _shape(operation.format):
                raise ImportedModelError(
                    f"operation {place} reads input {operation.number} in another format than an "
                    f"operation before it; quantise the input once"
                )
    names = _names(
        dataset.schema.feature_names if dataset is not None else (), FEATURE, program.inputs
    )
    found: dict[int, Number] = {}
    for index, name in enumerate(names):
        form = formats.get(index, Format(0, 0, 0))
        if form.width > MAX_BITS:
            raise ImportedModelError(
                f"input {name!r} has {form.width} bits; features have at most {MAX_BITS}, so "
                f"quantise it to fewer"
            )
        signal = builder.input(name, max(form.width, 1), signed=form.signed)
        found[index] = Number(form.exponent, signal) if form.width else Number(0)
    ordered = [formats.get(index, Format(0, 0, 0)) for index in range(program.inputs)]
    return Inputs(found, _encoder(names, ordered, wrap_bits))


def _shape(form: Format) -> tuple[int, int, bool]:
    return form.width, form.exponent, form.signed


def _encoder(names: tuple[str, ...], formats: Sequence[Format], wrap_bits: int) -> Encoder:
    """Words that are rounded downwards; bits that a program does not read are dropped."""
    widths = [max(form.width, 1) for form in formats]
    more = [min(wrap_bits, max(0, _NARROW_WORD - width)) for width in widths]
    signed = [form.signed or extra > 0 for form, extra in zip(formats, more, strict=True)]
    taken = [width + extra for width, extra in zip(widths, more, strict=True)]
    codes = len(taken) << max(taken)
    if codes > _MOST_CODES:
        raise ImportedModelError(
            f"{len(taken)} inputs of up to {max(taken)} bits have {codes} words, of which "
            f"{_MOST_CODES} are possible; quantise the inputs to fewer bits, or take fewer bits "
            f"that wrap"
        )
    words = FixedPoint(
        tuple(taken),
        tuple(form.exponent for form in formats),
        tuple(-(1 << bits - 1) if sign else 0 for bits, sign in zip(taken, signed, strict=True)),
        floors=True,
    )
    try:
        whole = word_encoder(names, words)
        kept = (1 << np.array(widths, np.uint32)) - 1
        return Encoder(names, whole.features, whole.thresholds, whole.codes & kept[:, None], words)
    except NetlistError as error:
        raise ImportedModelError(f"features have no words in this format: {error}") from error


def build_outputs(
    program: Program,
    found: Sequence[Number],
    numbers: Numbers,
    dataset: Dataset | None,
    decides: Decides,
) -> tuple[list[int], Decoder]:
    """Outputs in one step and width, and what they decide.

    Args:
        program: the program.
        found: numbers of its operations.
        numbers: where the network is built.
        dataset: its samples, if they are known; the outputs are called as theirs.
        decides: what the outputs mean; ``auto`` is what the samples have as their target, or
            without samples a value of one output and classes of several.

    Raises:
        ImportedModelError: they have too many bits, or are too many or few.
    """
    count = len(program.outputs)
    kind = _kind(count, dataset) if decides == "auto" else decides
    if (kind == "binary") != (count == 1) and kind in {"binary", "classes"}:
        raise ImportedModelError(
            f"the program has {count} outputs, which decide no {kind}; choose decides = value or "
            f"{'classes or labels' if count > 1 else 'binary'}"
        )
    sums = [
        numbers.settled(
            numbers.sum([Term(found[out.source], out.negated, out.shift)])
            if out.source >= 0
            else Number(0)
        )
        for out in program.outputs
    ]
    exponent = min((s.exponent for s in sums if s.signal is not None or s.constant), default=0)
    try:
        codes = [
            numbers.code(number, exponent)
            if number.signal is not None or number.constant
            else number
            for number in sums
        ]
        ranges = [numbers.range_of(code) for code in codes]
        signed = any(low < 0 for low, _ in ranges)
        width = max(bits_for(*ends, signed=signed) for ends in ranges)
        if width > _WIDEST_SCORE:
            raise NetlistError(f"in one step they have {width} bits, {_WIDEST_SCORE} are possible")
        outputs = [
            numbers.builder.constant(code.constant, width, signed=signed)
            if code.signal is None
            else wrap(numbers.builder, code.signal, width, signed=signed)
            for code in codes
        ]
        values = np.arange(1 << width, dtype=np.int64)
        if signed:
            values -= values >> width - 1 << width
        scores = np.ldexp(values.astype(np.float32), exponent)
        return outputs, _decoder(kind, count, scores, dataset, signed=signed)
    except NetlistError as error:
        raise ImportedModelError(f"outputs: {error}; quantise them to fewer bits") from error


def _kind(count: int, dataset: Dataset | None) -> TargetKind:
    if dataset is not None:
        return dataset.schema.target.kind
    return "classes" if count > 1 else "value"


def _decoder(
    kind: TargetKind, count: int, scores: np.ndarray, dataset: Dataset | None, *, signed: bool
) -> Decoder:
    target = None if dataset is None else dataset.schema.target
    known = target.names if target is not None and target.kind == kind else ()
    if kind == "binary":
        return Decoder(known or (_NO, _YES), scores, signed, kind, (0.0,))
    names = _names(known, VALUE if kind == "value" else CLASS, count)
    thresholds = (0.0,) * count if kind == "labels" else ()
    return Decoder(names, scores, signed, kind, thresholds)


def _names(known: tuple[str, ...], prefix: str, count: int) -> tuple[str, ...]:
    """Names of the samples if there are as many, else numbered ones."""
    return known if len(known) == count else numbered_names(prefix, count)
