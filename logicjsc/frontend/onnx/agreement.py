"""A netlist and the model that it was made of, compared on random inputs.

How a netlist is made assumes things of a model: that it adds exactly, that a factor of zero leaves
nothing over, that onnxruntime computes a part as it computes the whole. Here the file runs as it
is, so an assumption that does not hold shows before a circuit is written.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.codes import CodeRunner
from logicjsc.frontend.onnx.graph import Array, Graph
from logicjsc.frontend.onnx.probes import around_thresholds, numbers_of_all_sizes
from logicjsc.frontend.onnx.rewriting import check_rewriting
from logicjsc.netlist.codec import Encoder
from logicjsc.netlist.evaluate import evaluate
from logicjsc.netlist.ir import Netlist

_ROWS: Final = 2048
_FEWEST: Final = 64
_BYTES: Final = 1 << 28
"""What the comparison may take: of large models fewer rows are compared."""


def check_agreement(runner: CodeRunner, netlist: Netlist) -> None:
    """Compare a netlist with its model on random codes and random features.

    Raises:
        OnnxModelError: they differ.
    """
    graph = runner.model.graph
    rows = int(np.clip(_BYTES // graph.row_bytes, _FEWEST, _ROWS))
    codes = _random_codes(netlist, rows)
    _refuse_differences(graph, "codes", runner.run_codes(codes), evaluate(netlist, codes))
    if netlist.encoder is None or netlist.decoder is None:
        return
    features = np.concatenate(
        [
            around_thresholds(netlist.encoder, graph.features)[:rows],
            numbers_of_all_sizes(graph.features, seed=2)[: rows // 2],
        ]
    )
    check_rewriting(graph, features)
    scores = graph.given_scores(features)
    made = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(features)))
    _refuse_differences(graph, "features", scores, made)


def optimisation_note(graph: Graph, encoder: Encoder | None) -> str:
    """How often onnxruntime's own optimisation changes the scores, and what to do; or nothing.

    Its pass ``WeightBiasQuantization`` quantises float weights that were dequantised before.
    """
    if encoder is None:
        return ""
    features = around_thresholds(encoder, graph.features)[:_ROWS]
    exact = graph.given_scores(features)
    try:
        different = (graph.given_scores(features, optimised=True) != exact).any(axis=1).mean()
    except OnnxModelError:
        return ""  # it does not run at all in that way
    if not different:
        return ""
    return (
        f"onnxruntime with its default optimisation gives other scores than the model on "
        f"{different:.1%} of random samples; run the model with disabled_optimizers = "
        f"['WeightBiasQuantization'], or with ORT_DISABLE_ALL, which is what the circuit equals"
    )


def _random_codes(netlist: Netlist, rows: int) -> Array:
    """Random input codes, and those of all zeros and all ones."""
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    random = np.random.default_rng(4).integers(0, limits, (rows, netlist.inputs))
    return np.concatenate([np.zeros_like(random[:1]), (limits - 1)[None], random])


def _refuse_differences(graph: Graph, what: str, expected: Array, made: Array) -> None:
    different = (expected != made).any(axis=1)
    if not different.any():
        return
    floats: set[str] = {kind.name for kind in graph.dtypes.values() if _is_float(kind)}
    others = sorted(floats - {"float32"})
    computes = (
        f"the model computes in {' and '.join(others)}: export it in float32"
        if others
        else "its sums are rounded, or something overflows: quantise what it adds with a power of "
        "two as its scale, and with smaller numbers"
    )
    raise OnnxModelError(
        f"a netlist would differ from the model on {int(different.sum()):,} of "
        f"{len(different):,} random {what}; {computes}"
    )


def _is_float(kind: np.dtype[Any]) -> bool:
    return kind.kind == "f" or kind.name == "bfloat16"
