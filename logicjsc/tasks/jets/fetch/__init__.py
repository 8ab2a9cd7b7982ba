"""Published jets from the network, checked before they are believed."""

from logicjsc.tasks.jets.fetch.catalogue import CATALOGUE, Address, Published
from logicjsc.tasks.jets.fetch.exchange import Limits
from logicjsc.tasks.jets.fetch.store import FetchReport, fetch

__all__ = ["CATALOGUE", "Address", "FetchReport", "Limits", "Published", "fetch"]
