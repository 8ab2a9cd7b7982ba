"""Files of jets in every format people already have, recognised by content."""

from logicjsc.dataset.readers.read import ReadJets, holds_jets, read_file
from logicjsc.dataset.readers.sniff import Kind, describe, kind_of, read_head

__all__ = ["Kind", "ReadJets", "describe", "holds_jets", "kind_of", "read_file", "read_head"]
