"""Samples: reading them, checking them, dividing them."""

from logicjsc.dataset.samples import JetData
from logicjsc.dataset.scaler import Scaler
from logicjsc.dataset.sources import bundled_sample, load_jets
from logicjsc.dataset.splits import JetSplits, load_splits

__all__ = [
    "JetData",
    "JetSplits",
    "Scaler",
    "bundled_sample",
    "load_jets",
    "load_splits",
]
