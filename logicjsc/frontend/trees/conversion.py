"""From the trees that a reader found to a netlist, and what a reader should know of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.importer import Asked, Imported
from logicjsc.frontend.trees.checks import check_ensemble, folded
from logicjsc.frontend.trees.ensemble import Array, Ensemble, used_thresholds
from logicjsc.frontend.trees.network import netlist_of_trees
from logicjsc.frontend.trees.quantise import quantise
from logicjsc.frontend.trees.trial import (
    ROWS,
    Decide,
    choose_bits,
    differing,
    places_of,
    rows_that_fit,
    trial_rows,
)

_EXPLAINED: Final = 0.01
"""Share of random rows that floating-point additions in another order may decide otherwise."""

_CLOSE: Final = 1e-4
"""Distance of values that float32 explains, relative to the largest."""


def converted(ensemble: Ensemble, decide: Decide | None, asked: Asked) -> Imported:
    """The netlist of an ensemble, compared with its model on random rows.

    Args:
        ensemble: as a reader found it; it is checked here.
        decide: decisions of the model itself; None: the unrounded trees stand for it.
        asked: name, settings, and samples if there are any.

    Raises:
        ImportedModelError: the trees are damaged, too large, or not what the model decides by.
    """
    check_ensemble(ensemble)
    ensemble = replace(ensemble, trees=tuple(folded(tree) for tree in ensemble.trees))
    rows = trial_rows(ensemble, rows_that_fit(ensemble, ROWS))
    wanted = asked.settings.leaf_bits
    bits, choices = choose_bits(ensemble, asked.dataset, wanted, rows)
    quantised = quantise(ensemble, bits)
    netlist = netlist_of_trees(
        quantised, asked.name, asked.settings.table_bits, asked.dataset, asked.on_progress
    )
    plain = ensemble.decide(ensemble.raw(rows))
    reference = plain if decide is None else np.asarray(decide(rows))
    notes = [*ensemble.notes, *_near_borders(ensemble, plain, reference)]
    if wanted > bits:
        notes.append(
            f"leaves have {bits} bits, not {wanted}: wider ones add up to more than an output has"
        )
    different = differing(quantised, quantised.sums(places_of(ensemble, rows)), reference)
    facts = {
        "model": ensemble.library,
        "trees": len(ensemble.trees),
        "leaves": sum(int(tree.is_leaf.sum()) for tree in ensemble.trees),
        "thresholds": len(used_thresholds(ensemble.trees)),
        "leaf_bits": bits,
        "leaf_step": quantised.step,
        "leaves_are_rounded": not quantised.exact,
        "score_error_at_most": quantised.bound * abs(ensemble.scale),
        "random_rows": len(rows),
        "random_rows_compared_with": "the model's trees" if decide is None else "the model",
        "random_rows_decided_otherwise": different,
    }
    return Imported(netlist, tuple(notes), facts, {"leaf bits": choices})


def _near_borders(ensemble: Ensemble, plain: Array, reference: Array) -> list[str]:
    """A note if the model's own additions decide some rows otherwise than exact ones.

    Raises:
        ImportedModelError: they differ in more rows than floating point explains.
    """
    if ensemble.kind == "value":
        off = np.abs(plain - reference.reshape(plain.shape)) > _CLOSE * np.abs(plain).max()
        rate = float(off.any(axis=1).mean())
    else:
        rate = float((plain != reference.reshape(-1)).mean())
    if rate > _EXPLAINED:
        raise ImportedModelError(
            f"the model decides {100 * rate:.1f} % of random rows otherwise than the sums of its "
            f"leaves, so something around the trees changes them; export or save the trees alone"
        )
    if not rate:
        return []
    share = f"{100 * rate:.2f} % of random rows"
    return [f"{share} lie so near a border that the order of the model's own additions decides"]
