"""Samples: reading them, saying what they mean, dividing them."""

from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_all, load_dataset
from logicjsc.dataset.samples import Dataset, Samples
from logicjsc.dataset.scaler import Scaler
from logicjsc.dataset.schema import Schema, Target

__all__ = [
    "DataConfig",
    "Dataset",
    "Samples",
    "Scaler",
    "Schema",
    "Target",
    "load_all",
    "load_dataset",
]
