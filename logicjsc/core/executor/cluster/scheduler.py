"""Work on the workers of a Dask scheduler that is there already."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from logicjsc.core.executor.cluster.executor import ClusterExecutor
from logicjsc.core.executor.cluster.link import Link
from logicjsc.core.executor.cluster.settings import ClusterSettings, SchedulerSettings
from logicjsc.core.extras import require

if TYPE_CHECKING:
    from distributed import Client


class SchedulerLink(Link):
    """A scheduler by its address."""

    def __init__(self, address: str, settings: SchedulerSettings) -> None:
        super().__init__(address, settings.patience_seconds)
        self._seconds = settings.connect_seconds

    def connect(self) -> Client:
        """See `Link.connect`."""
        from distributed import Client

        # A client waits forever for what accepts connections and says nothing.
        with ThreadPoolExecutor(1) as pool:  # a notebook has a running loop of its own
            kind = pool.submit(asyncio.run, _kind(self.name, self._seconds)).result()
        if kind != "Scheduler":
            raise ValueError(f"it is a {kind}")
        return Client(self.name, timeout=self._seconds, set_as_default=False)


async def _kind(address: str, seconds: float) -> str:
    """What says that it is at an address: a scheduler or a worker."""
    from distributed import rpc

    async def ask() -> str:
        async with rpc(address, timeout=seconds) as remote:
            answer = await remote.identity()
            return str(answer["type"])

    return await asyncio.wait_for(ask(), seconds)


def scheduler_executor(address: str, settings: ClusterSettings) -> ClusterExecutor:
    """The workers of a scheduler.

    Args:
        address: such as ``tcp://scheduler:8786``.
        settings: of clusters.

    Raises:
        ToolNotFoundError: the ``cluster`` extra is not installed.
    """
    require("distributed", "cluster")
    return ClusterExecutor(SchedulerLink(address, settings.tcp))
