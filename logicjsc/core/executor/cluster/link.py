"""A connection to a Dask scheduler: opened, watched, and opened again after it was lost."""

from __future__ import annotations

import logging
import time
import warnings
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import ToolError, ToolFailedError, ToolNotFoundError, ToolTimeoutError
from logicjsc.core.executor.cluster.identity import difference, identity
from logicjsc.core.notices import say_once

if TYPE_CHECKING:
    from distributed import Client

_EVERY: Final = 5.0
"""Seconds between two looks at a scheduler from which nothing is heard."""

_LOOK_SECONDS: Final = 5.0
"""How long an answer may take."""

_QUIET: Final = 3.0
"""Seconds without a worker or an answer that nobody need hear of."""


class Link(ABC):
    """How a cluster is reached.

    Attributes:
        name: what ``--on`` calls it.
        patience: seconds that a cluster without a scheduler or workers is waited for.
    """

    def __init__(self, name: str, patience: float) -> None:
        self.name, self.patience = name, patience

    @abstractmethod
    def connect(self) -> Client:
        """A new connection.

        Raises:
            ToolFailedError: nothing answers.
            ToolNotFoundError: a package is missing.
        """

    def close(self) -> None:  # noqa: B027 - a scheduler of others goes on
        """Let go of what `connect` started."""


class Connection:
    """The connection of an executor, opened when it is first needed.

    Attributes:
        link: how the cluster is reached.
        places: addresses of the workers, when they were last looked at.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self._client: Client | None = None
        self.places: tuple[str, ...] = ()
        self._looked = self._answered = self._staffed = time.monotonic()

    @property
    def client(self) -> Client:
        """The open connection.

        Raises:
            ToolError: nothing answers, or it is of another version.
        """
        if self._client is None:
            self._client = self._opened()
        return self._client

    def again(self) -> None:
        """Connect again after the scheduler was lost.

        Raises:
            ToolTimeoutError: it did not come back.
            ToolNotFoundError: it came back with another version.
        """
        self._drop()
        since, name, patience = time.monotonic(), self.link.name, self.link.patience
        say_once(f"{name} is away; it is waited for up to {patience:g} s")
        while True:
            try:
                self._client = self._opened()
            except ToolFailedError as error:
                if time.monotonic() - since >= patience:
                    raise ToolTimeoutError(
                        f"{name} has been away for {patience:g} s; once it is back, the same "
                        f"command goes on"
                    ) from error
                time.sleep(min(1.0, patience))
            else:
                return

    def look(self) -> None:
        """Look now and then whether the scheduler answers and has workers; call it often.

        Raises:
            ToolTimeoutError: it has not, for too long.
        """
        now = time.monotonic()
        name, patience = self.link.name, self.link.patience
        if now < self._looked + min(_EVERY if self.places else 1.0, patience / 4):
            return
        try:
            self.places = tuple(_asked(self.client, "ncores"))
            self._answered = time.monotonic()
        except (TimeoutError, OSError):
            self.places = ()
        now = self._looked = time.monotonic()
        if self.places:
            self._staffed = now
        if now - self._answered > _QUIET:
            say_once(f"{name} does not answer; it is waited for up to {patience:g} s")
        elif now - self._staffed > _QUIET:
            say_once(f"{name} has no workers yet; they are waited for up to {patience:g} s")
        if now - min(self._answered, self._staffed) > patience:
            what = "answer" if now - self._answered > patience else "workers"
            raise ToolTimeoutError(
                f"{name} has given no {what} for {patience:g} s; once it does, the same command "
                f"goes on"
            )

    def refuse_others(self, client: Client) -> None:
        """Refuse a scheduler and workers with another logicjsc than this one.

        Raises:
            ToolNotFoundError: one is of another version.
        """

        def asked() -> dict[str, str] | None:
            # Goes by value: what is asked may have no such module.
            try:
                from logicjsc.core.executor.cluster.identity import identity as theirs
            except ImportError:
                return None
            return theirs()

        found: dict[str, Any] = {"the scheduler": client.run_on_scheduler(asked)}
        for place, said in client.run(asked, on_error="return").items():
            if isinstance(said, OSError):  # the worker went away just now
                continue
            if isinstance(said, Exception):
                raise said
            found[f"the worker {place}"] = said
        for place, said in found.items():
            sentence = difference(f"{place} of {self.link.name}", said, identity())
            if sentence:
                raise ToolNotFoundError(sentence)

    def close(self) -> None:
        """Close the connection and what was started for it."""
        self._drop()
        self.link.close()

    def _opened(self) -> Client:
        from distributed.comm import CommClosedError

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions, which are compared here
                client = self.link.connect()
            try:
                self.refuse_others(client)
                self.places = tuple(_asked(client, "ncores"))
            except BaseException:
                _shut(client)
                raise
        except ToolError:
            raise
        except (OSError, TimeoutError, CommClosedError, ValueError, ImportError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ToolFailedError(
                f"no Dask scheduler answers at {self.link.name} ({reason}); start one with: dask "
                f"scheduler"
            ) from error
        self._looked = 0.0
        self._answered = self._staffed = time.monotonic()
        return client

    def _drop(self) -> None:
        if self._client is not None:
            _shut(self._client)
            self._client = None


def _asked(client: Client, name: str) -> Any:  # noqa: ANN401 - of Dask
    """What the scheduler answers.

    Raises:
        TimeoutError: it does not.
    """
    if client.status != "running":
        raise TimeoutError
    return client.sync(getattr(client.scheduler, name), callback_timeout=_LOOK_SECONDS)


def _shut(client: Client) -> None:
    with suppress(Exception):  # whatever it was connected to may be gone
        client.close(timeout=2)
