"""Models made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from logicjsc.api.netlists import Netlist
from logicjsc.core.progress import shown_progress
from logicjsc.core.settings import read_table
from logicjsc.dataset import Dataset
from logicjsc.frontend.importer import Asked, find_importer, kind_of, read_model


def import_model(
    model: Any,  # noqa: ANN401 - a path, or an object of many libraries
    example: Any = None,  # noqa: ANN401 - an array or a tensor
    *,
    kind: str = "",
    name: str = "",
    data: Dataset | None = None,
    input_scale: float = 0.0,
    input_offset: float = 0.0,
    **settings: Any,  # noqa: ANN401 - of the kind
) -> Netlist:
    """The netlist of a model made elsewhere.

    Args:
        model: a file, or an object of the library that trained it: a boosted tree, a torch module.
        example: features ``[samples, features]`` to export a torch module with.
        kind: of the model, as ``logicjsc import --help`` lists them; by default recognised.
        name: of the netlist; by default the file's, or the type's.
        data: samples that the model is meant for: their names are used where the model has none.
        input_scale: step in which features become the codes that a network starts at, for kinds
            whose files do not say it: ``round((feature - input_offset) / input_scale)``.
        input_offset: see there.
        **settings: of the kind, such as ``leaf_bits=6``; ``logicjsc import KIND --help`` lists
            them.

    Raises:
        ImportedModelError: the model is of no known kind, damaged, or holds something that no
            netlist holds; the message names it and what to change.
        ConfigError: a setting is unknown or refused.
        DataError: the samples do not fit the model.
    """
    given = Path(model) if isinstance(model, str | Path) else model
    kind = kind or kind_of(given)
    chosen = read_table(find_importer(kind).settings, settings, f"import {kind}", "")
    called = name or (given.stem if isinstance(given, Path) else type(given).__name__.lower())
    with shown_progress("importing") as update:
        asked = Asked(called, chosen, data, example, input_scale, input_offset, update)
        return Netlist(read_model(kind, given, asked).netlist)
