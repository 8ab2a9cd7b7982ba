"""What onnxruntime makes of a graph on a few random samples: shapes, types, the samples' axis.

A tensor's axis of samples is the one whose length is the size of the batch, found with batches of
two sizes, so that no other axis is taken for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import ml_dtypes
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.refusals import label_of
from logicjsc.frontend.onnx.session import Session

Array: TypeAlias = npt.NDArray[Any]

BATCHES: Final = (17, 23)
"""Sizes of the batches that show shapes."""

_ROUNDING: Final = 1e-5
"""Of the largest number of a tensor: how far float results may lie apart in batches of two sizes,
because products are then added in another order. Integers, and with them all codes, may not."""

_ACROSS: Final = "export the model in evaluation mode, with every operation along the features"


@dataclass(frozen=True)
class Fold:
    """Several rows per sample on the axis of the samples.

    Attributes:
        rows: of each sample.
        blocks: whether the rows of a sample are far apart: the first rows of all samples come
            first, then the second ones. Otherwise those of a sample are neighbours.
    """

    rows: int
    blocks: bool

    def split(self, shape: Sequence[int], axis: int) -> list[int]:
        """A shape with rows and samples on axes of their own, -1 for the samples."""
        pair = (self.rows, -1) if self.blocks else (-1, self.rows)
        return [*shape[:axis], *pair, *shape[axis + 1 :]]

    def samples_first(self, axes: int, axis: int) -> list[int]:
        """Order of the axes of the split tensor in which the samples come first."""
        place = axis + self.blocks
        return [place, *(other for other in range(axes + 1) if other != place)]


@dataclass(frozen=True)
class Observed:
    """Facts about tensors that depend on features or on the size of the batch.

    Attributes:
        shapes: shape for a batch of one sample, of tensors with samples.
        axes: axis of the samples, of the same.
        folds: of tensors that hold several rows per sample on that axis, how; see `Fold`.
        dtypes: numpy type of the same.
        sizes: value for one sample, of tensors that depend on the size of the batch alone.
        fixed: value of those that turned out not to depend on it either.
    """

    shapes: dict[str, tuple[int, ...]]
    axes: dict[str, int]
    folds: dict[str, Fold]
    dtypes: dict[str, np.dtype[Any]]
    sizes: dict[str, Array]
    fixed: dict[str, Array]

    @property
    def many(self) -> int:
        """Samples of the larger batch."""
        return BATCHES[1]

    def shape_of_many(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor with samples for the larger batch."""
        shape = list(self.shapes[name])
        shape[self.axes[name]] *= self.many
        return tuple(shape)


def observe(
    model: onnx.ModelProto,
    nodes: list[onnx.NodeProto],
    feed: str,
    features: int,
    sizes: Collection[str],
) -> Observed:
    """Run a model on random samples in batches of two sizes.

    Args:
        model: the whole model.
        nodes: the nodes whose outputs are looked at.
        feed: name of its input.
        features: columns of its input.
        sizes: outputs that depend on the size of the batch alone.

    Raises:
        OnnxModelError: onnxruntime fails, or a tensor mixes samples; the message names the node.
    """
    names = [name for node in nodes for name in node.output if name]
    session, foreign = _session(model, feed, names)
    samples = random_samples(features)
    few, many = (
        dict(zip(names, session.run_whole({feed: samples[:count]}), strict=True))
        for count in BATCHES
    )
    seen = Observed({feed: (1, features)}, {feed: 0}, {}, {feed: np.dtype(np.float32)}, {}, {})
    alone = dict(zip(names, session.run_whole({feed: samples[:1]}), strict=True)) if sizes else {}
    for node in nodes:
        for name in filter(None, node.output):
            if name in sizes:
                same = _equal(few[name], many[name]) and _equal(few[name], alone[name])
                (seen.fixed if same else seen.sizes)[name] = alone[name]
            else:
                axis, fold = _axis_of_samples(node, name, few[name], many[name])
                shape = list(few[name].shape)
                shape[axis] = 1 if fold is None else fold.rows
                seen.shapes[name], seen.axes[name] = tuple(shape), axis
                if fold is not None:
                    seen.folds[name] = fold
                seen.dtypes[name] = foreign.get(name, few[name].dtype)
                both = (_by_sample(tensor[name], axis, fold) for tensor in (few, many))
                _refuse_mixing(node, name, *both)
    return seen


def random_samples(features: int) -> Array:
    """What a model is observed on, float32 ``[samples, features]``."""
    return np.random.default_rng(0).normal(size=(max(BATCHES), features)).astype(np.float32)


def _session(
    model: onnx.ModelProto, feed: str, names: list[str]
) -> tuple[Session, dict[str, np.dtype[Any]]]:
    """A session with all these tensors as outputs, and types of those that numpy does not have."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    for entry in probe.graph.input:
        if entry.name == feed:
            entry.type.tensor_type.shape.dim[0].dim_param = "samples"
    del probe.graph.output[:], probe.graph.value_info[:]
    foreign = {
        name: np.dtype(ml_dtypes.bfloat16)
        for node in probe.graph.node
        for name in node.output
        if name in set(names) and _makes(node, TensorProto.BFLOAT16)
    }
    for name in names:
        shown = f"{name}/shown" if name in foreign else name
        if name in foreign:
            probe.graph.node.append(helper.make_node("Cast", [name], [shown], to=TensorProto.FLOAT))
        probe.graph.output.append(onnx.ValueInfoProto(name=shown))
    return Session(probe), foreign


def _makes(node: onnx.NodeProto, kind: int) -> bool:
    return any(entry.name == "to" and entry.i == kind for entry in node.attribute)


def _by_sample(tensor: Array, axis: int, fold: Fold | None) -> Array:
    """A tensor with the samples on its first axis."""
    if fold is None:
        return np.moveaxis(tensor, axis, 0)
    split = tensor.reshape(fold.split(tensor.shape, axis))
    return split.transpose(fold.samples_first(tensor.ndim, axis))


def _axis_of_samples(
    node: onnx.NodeProto, name: str, few: Array, many: Array
) -> tuple[int, Fold | None]:
    """The axis whose length is the size of the batch, or so many times that size.

    Raises:
        OnnxModelError: there is none, or it is not that of the samples alone.
    """
    if not isinstance(few, np.ndarray) or not isinstance(many, np.ndarray):
        raise OnnxModelError(f"{label_of(node)} makes no tensor; export the model without it")
    shapes = few.shape, many.shape
    where = f"{label_of(node)} makes {name!r} of shape {shapes[0]} for {BATCHES[0]} samples"
    differing = [
        axis for axis, lengths in enumerate(zip(*shapes, strict=False)) if lengths[0] != lengths[1]
    ]
    if len(shapes[0]) != len(shapes[1]) or len(differing) > 1:
        raise OnnxModelError(
            f"{where} and {shapes[1]} for {BATCHES[1]}, with samples on several axes; {_ACROSS}"
        )
    if not differing:
        raise OnnxModelError(
            f"{where}, without an axis of the samples: it is computed from the whole batch; "
            f"{_ACROSS}, and with a dynamic batch axis"
        )
    (axis,) = differing
    lengths = shapes[0][axis], shapes[1][axis]
    if lengths == BATCHES:
        return axis, None
    rows = lengths[0] // BATCHES[0]
    if rows < 1 or lengths != (rows * BATCHES[0], rows * BATCHES[1]):
        raise OnnxModelError(
            f"{where}: it does not keep the batch on an axis of its own; export the model with a "
            f"dynamic batch axis (a batch of one that was written into the model looks like this), "
            f"and keep samples and features apart"
        )
    folds = [Fold(rows, blocks=True), Fold(rows, blocks=False)]
    for fold in folds:
        one, other = (_by_sample(tensor, axis, fold) for tensor in (few, many))
        if _close(one, other[: len(one)]):
            return axis, fold
    return axis, folds[0]


def _refuse_mixing(node: onnx.NodeProto, name: str, few: Array, many: Array) -> None:
    """A sample has the same bits in any batch, unless other samples are mixed into it."""
    if _close(few, many[: len(few)]):
        return
    raise OnnxModelError(
        f"tensor {name!r} of one sample depends on the other samples of its batch, from "
        f"{label_of(node)} on; {_ACROSS}"
    )


def _close(few: Array, many: Array) -> bool:
    """Whether tensors are equal but for the rounding of floating-point numbers."""
    if _equal(few, many):
        return True
    if few.dtype.kind != "f" or few.shape != many.shape:
        return False
    if not np.array_equal(np.isfinite(few), np.isfinite(many)):
        return False
    reach = float(np.abs(few, where=np.isfinite(few), out=np.zeros_like(few)).max(initial=0))
    with np.errstate(invalid="ignore"):
        apart = np.abs(few.astype(np.float64) - many.astype(np.float64))
    return float(np.nanmax(apart, initial=0)) <= _ROUNDING * reach


def _equal(one: Array, other: Array) -> bool:
    return one.shape == other.shape and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
