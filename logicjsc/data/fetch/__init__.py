"""Published jets from the network, checked before they are believed."""

from logicjsc.data.fetch.catalogue import CATALOGUE, Address, Published
from logicjsc.data.fetch.exchange import Limits
from logicjsc.data.fetch.store import FetchReport, fetch

__all__ = ["CATALOGUE", "Address", "FetchReport", "Limits", "Published", "fetch"]
