"""Names of the published data sets' features and classes."""

from typing import Final

FEATURE_NAMES: Final = (
    "zlogz",
    "c1_b0_mmdt",
    "c1_b1_mmdt",
    "c1_b2_mmdt",
    "c2_b1_mmdt",
    "c2_b2_mmdt",
    "d2_b1_mmdt",
    "d2_b2_mmdt",
    "d2_a1_b1_mmdt",
    "d2_a1_b2_mmdt",
    "m2_b1_mmdt",
    "m2_b2_mmdt",
    "n2_b1_mmdt",
    "n2_b2_mmdt",
    "mass_mmdt",
    "multiplicity",
)
"""The 16 jet features, in the order of the published data sets."""

CLASS_NAMES: Final = ("g", "q", "t", "w", "z")
"""The five jet classes: gluon, light quark, top quark, W boson, Z boson."""
