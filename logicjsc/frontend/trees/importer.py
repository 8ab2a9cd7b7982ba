"""Boosted trees and forests, as objects or saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from logicjsc.core.errors import ImportedModelError
from logicjsc.core.settings import Section, setting
from logicjsc.frontend.importer import Asked, Imported, Importer


@dataclass(frozen=True)
class TreesSettings(Section):
    """How trees become tables and sums."""

    leaf_bits: int = setting(
        0,
        "bits of a leaf; 0: the fewest that keep the accuracy on training samples within 0.1 %, "
        "8 without samples",
        at_least=0,
        at_most=24,
    )
    table_bits: int = setting(
        10, "most thresholds in one table; larger trees take several", at_least=4, at_most=16
    )


_LIBRARIES = ("sklearn", "xgboost", "lightgbm", "catboost")


class TreesImporter(Importer):
    """Ensembles of trees whose leaves are added up."""

    title: ClassVar[str] = (
        "boosted trees and forests of scikit-learn, XGBoost, LightGBM, CatBoost or ONNX"
    )
    settings: ClassVar[type[Any]] = TreesSettings

    def recognises(self, model: object) -> bool:
        """Files by their suffix, but for ONNX; objects by the library of their type."""
        if isinstance(model, Path):
            return model.suffix.lower() in _SUFFIXES
        return type(model).__module__.partition(".")[0] in _LIBRARIES

    def read(self, model: Any, asked: Asked) -> Imported:  # noqa: ANN401 - a path or an object
        """The netlist of a model of trees."""
        from logicjsc.frontend.trees.conversion import converted

        name = str(model) if isinstance(model, Path) else type(model).__name__
        try:
            return converted(*_read(model), asked)
        except ImportedModelError as error:
            raise type(error)(f"{name}: {error}") from error


_SUFFIXES = (".json", ".ubj", ".txt", ".lgb", ".cbm", ".pkl", ".pickle", ".joblib")


def _read(model: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a path or an object
    if isinstance(model, Path):
        from logicjsc.frontend.trees.files import read_file

        return read_file(model)
    library = type(model).__module__.partition(".")[0]
    if library == "sklearn":
        from logicjsc.frontend.trees.scikit import read_scikit

        return read_scikit(model)
    if library == "xgboost":
        from logicjsc.frontend.trees import xgb

        return xgb.read_booster(model)
    if library == "lightgbm":
        from logicjsc.frontend.trees import lgbm

        return lgbm.read_booster(model)
    if library == "catboost":
        from logicjsc.frontend.trees.cat import read_catboost

        return read_catboost(model)
    raise ImportedModelError(
        f"an object of type {type(model).__name__} is no model of {', '.join(_LIBRARIES)}"
    )


IMPORTER = TreesImporter()
