"""Files of samples in every format people already have, recognised by content."""

from logicjsc.dataset.readers.read import data_files, holds_samples, read_table
from logicjsc.dataset.readers.sniff import Kind, describe, kind_of, read_head

__all__ = [
    "Kind",
    "data_files",
    "describe",
    "holds_samples",
    "kind_of",
    "read_head",
    "read_table",
]
