"""Which library saved a file, told by what stands in it; nothing is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.texts import decoded
from logicjsc.frontend.onnx.files import holds_trees, load_onnx
from logicjsc.frontend.trees import cat, lgbm, xgb
from logicjsc.frontend.trees.ensemble import Ensemble
from logicjsc.frontend.trees.trial import Decide
from logicjsc.frontend.trees.ubj import read_ubj

_PICKLES: Final = (".pkl", ".pickle", ".joblib")

_MOST_BYTES: Final = 1 << 28
"""Of a saved model; a model within the limit of nodes takes less."""
_PICKLE: Final = b"\x80"
_CATBOOST: Final = b"CBM1"
_LIGHTGBM: Final = "tree\n"


def read_file(path: Path) -> tuple[Ensemble, Decide | None]:
    """The trees of a file, and decisions of what runs it, if something here does.

    Raises:
        ImportedModelError: it is of another kind, damaged, too large, or holds something that sums
            of leaves do not; the message does not name the file.
    """
    if path.suffix.lower() == ".onnx":
        from logicjsc.frontend.trees.onnx_graph import read_onnx

        model = load_onnx(path)
        if not holds_trees(model):
            raise ImportedModelError("it holds no trees; import it as an ONNX network")
        return read_onnx(model)
    return read_content(_content_of(path)), None


def read_content(content: bytes) -> Ensemble:
    """The trees of a saved model that is no ONNX file."""
    if content[:1] == _PICKLE:
        raise ImportedModelError(
            "it is a pickle, which could execute anything and is never loaded; save the model in "
            "its library's own format, or give the object to logicjsc.import_model"
        )
    if content[:4] == _CATBOOST:
        raise ImportedModelError(
            "it is CatBoost's binary format; save it with save_model(..., format='json')"
        )
    if content[:2] in {b"{L", b"{l", b"{I", b"{i", b"{U"}:
        return xgb.read_saved(read_ubj(content))
    try:
        text = decoded(content)
    except ValueError as error:
        raise ImportedModelError(str(error)) from error
    if text.startswith(_LIGHTGBM):
        return lgbm.read_text(text)
    return _from_json(text)


def _from_json(text: str) -> Ensemble:
    """The trees of a model that was saved as JSON, by the keys that it has."""
    try:
        saved = json.loads(text)
    except RecursionError as error:
        raise ImportedModelError("it is nested too deeply; save the model again") from error
    except ValueError as error:
        raise ImportedModelError(
            "it is neither JSON nor a text model of LightGBM nor UBJSON of XGBoost; it is of "
            "another kind or truncated"
        ) from error
    if isinstance(saved, Mapping):
        if "learner" in saved:
            return xgb.read_saved(saved)
        if "tree_info" in saved:
            return lgbm.read_dumped(saved)
        if "oblivious_trees" in saved or "trees" in saved:
            return cat.read_saved(saved)
    raise ImportedModelError(
        "it is JSON, but no model of XGBoost, LightGBM or CatBoost; import it as what it is"
    )


def _content_of(path: Path) -> bytes:
    if path.suffix.lower() in _PICKLES:
        return _PICKLE  # refused by its name alone
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise ImportedModelError(
                f"it takes {size / 2**20:,.0f} MiB, the limit is {_MOST_BYTES / 2**20:,.0f} MiB; "
                f"train fewer or smaller trees"
            )
        return path.read_bytes()
    except OSError as error:
        raise ImportedModelError(f"it cannot be read ({error.strerror})") from error
