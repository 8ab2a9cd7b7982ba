"""Names of the published features and classes."""

from typing import Final

FEATURE_NAMES: Final = (
    "Area",
    "Perimeter",
    "MajorAxisLength",
    "MinorAxisLength",
    "AspectRation",
    "Eccentricity",
    "ConvexArea",
    "EquivDiameter",
    "Extent",
    "Solidity",
    "roundness",
    "Compactness",
    "ShapeFactor1",
    "ShapeFactor2",
    "ShapeFactor3",
    "ShapeFactor4",
)
"""The 16 numbers of a bean, in their published order and spelling."""

CLASS_NAMES: Final = ("BARBUNYA", "BOMBAY", "CALI", "DERMASON", "HOROZ", "SEKER", "SIRA")
"""The seven kinds of bean, in alphabetical order."""

CLASS: Final = "Class"

ROW_NUMBERS: Final = ("Bean ID", "id", "index", "Unnamed: 0")
"""Columns that count rows, which are ordered by class: they would give the answer away."""

ALIASES: Final = {"aspectratio": "aspectration"}
"""Spellings of later copies, in small letters."""
