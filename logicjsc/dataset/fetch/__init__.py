"""Published sets from the network or from a local file, checked before they are believed."""

from logicjsc.dataset.fetch.catalogue import Address, Facts, Published, PublishedFile
from logicjsc.dataset.fetch.exchange import Limits
from logicjsc.dataset.fetch.store import FetchReport, fetch

__all__ = ["Address", "Facts", "FetchReport", "Limits", "Published", "PublishedFile", "fetch"]
