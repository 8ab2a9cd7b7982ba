"""Jets: reading them, checking them, dividing them."""

from logicjsc.data.jets import CLASS_NAMES, FEATURE_NAMES, JetData
from logicjsc.data.scaler import Scaler
from logicjsc.data.sources import bundled_sample, load_jets
from logicjsc.data.splits import JetSplits, load_splits

__all__ = [
    "CLASS_NAMES",
    "FEATURE_NAMES",
    "JetData",
    "JetSplits",
    "Scaler",
    "bundled_sample",
    "load_jets",
    "load_splits",
]
