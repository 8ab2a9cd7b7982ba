"""An executor whose workers are those of a Dask cluster.

The scheduler gives tasks of lost workers to others, and each key's result is taken once. If the
scheduler itself is lost, all it knew is lost with it: what has no result yet is sent again.
"""

from __future__ import annotations

import pickle
import queue
import time
import uuid
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from logicjsc.core.errors import LogicjscError, ToolFailedError
from logicjsc.core.executor.cluster import remote
from logicjsc.core.executor.cluster.identity import identity
from logicjsc.core.executor.cluster.link import Connection, Link
from logicjsc.core.executor.executor import Executor, Failure, nothing

if TYPE_CHECKING:
    from distributed import Client, Future

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")

_PAUSE: Final = 0.5
"""Seconds between two looks at the cluster while no result comes."""

_FETCHED: Final = 16
"""Results fetched side by side: each takes two messages to another machine and back."""

_FEW: Final = 2
"""Calls for each worker up to which each is given a worker by name."""

_LAST_SECONDS: Final = 5.0
"""For workers to see that nothing is left, once one has."""


class _LostError(Exception):
    """The scheduler went away with all it knew."""


class ClusterExecutor(Executor):
    """Workers of a Dask cluster."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = Connection(link)

    @property
    def name(self) -> str:
        """See `Executor.name`."""
        return self._link.name

    def run(
        self,
        function: Callable[..., _Result],
        tasks: Mapping[_Key, tuple[Any, ...]],
        shared: tuple[Any, ...] = (),
    ) -> Iterator[tuple[_Key, _Result]]:
        """See `Executor.run`."""
        left = dict(tasks)
        while left:
            batch = _Batch(self._connection)
            try:
                with _losing(batch):
                    batch.send(function, left, shared)
                for key, result in batch.results():
                    del left[key]
                    yield key, result
            except _LostError:
                self._connection.again()
            finally:
                batch.abandon()

    def serve(
        self,
        work: Callable[..., None],
        new_task: Callable[[], Any],
        on_message: Callable[[Any], None],
        *,
        most: int,
        shared: Callable[[], tuple[Any, ...]] = nothing,
    ) -> list[Failure]:
        """See `Executor.serve`; workers that join later take part."""
        failures: list[Failure] = []
        sent = shared()
        while True:
            batch = _Batch(self._connection)
            try:
                with _losing(batch):
                    batch.serve(_Service(work, new_task, on_message, most, sent), failures)
            except _LostError:
                self._connection.again()
            else:
                return failures
            finally:
                batch.abandon()

    def close(self) -> None:
        """See `Executor.close`."""
        self._connection.close()


@dataclass(frozen=True)
class _Service:
    """Work that workers share out among themselves; see `Executor.serve`."""

    work: Callable[..., None]
    new_task: Callable[[], Any]
    on_message: Callable[[Any], None]
    most: int
    shared: tuple[Any, ...]


class _Batch:
    """Tasks sent over one connection; none of them outlives it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client: Client = connection.client
        self._name = f"logicjsc-{uuid.uuid4().hex[:12]}"
        self._futures: dict[Any, Future] = {}
        self._kept: list[Future] = []
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def is_connected(self) -> bool:
        """Whether the scheduler to which tasks were sent is still there."""
        return bool(self._client.status == "running")

    def send(
        self,
        function: Callable[..., Any],
        tasks: Mapping[Any, tuple[Any, ...]],
        shared: tuple[Any, ...],
    ) -> None:
        """Send calls, the first of them to be begun first."""
        envelope = remote.Envelope(identity(), function)
        with _quiet():
            kept = self._shared(shared)
            if len(tasks) > _FEW * len(self._connection.places):
                # The scheduler gives such a group to whoever is idle.
                futures = self._client.map(
                    remote.call,
                    list(tasks.values()),
                    key=[(self._name, number) for number in range(len(tasks))],
                    pure=False,
                    shared=kept,
                    envelope=envelope,
                )
            else:
                futures = [
                    self._submit(number, remote.call, arguments, kept, envelope)
                    for number, arguments in enumerate(tasks.values())
                ]
        for key, future in zip(tasks, futures, strict=True):
            self._watch(key, future)

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Keys and results as they are ready.

        Raises:
            _LostError: the scheduler went away.
        """
        with ThreadPoolExecutor(_FETCHED) as pool:
            while self._futures:
                keys = self._ready()
                fetched = pool.map(self._outcome, [self._futures.pop(key) for key in keys])
                yield from zip(keys, fetched, strict=True)

    def serve(self, service: _Service, failures: list[Failure]) -> None:
        """Keep one task on each worker until one finds that nothing is left.

        Args:
            service: what workers do.
            failures: those so far; others are added.

        Raises:
            _LostError: the scheduler went away.
        """
        messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._client.subscribe_topic(self._name, lambda event: messages.put(event[1]))
        envelope = remote.Envelope(identity(), service.work)
        with _quiet():
            kept = self._shared(service.shared)
        begun, finished = 0, False
        last = float("inf")
        while time.monotonic() < last:
            most = max(service.most - len(failures), 0)
            wanted = 0 if finished else min(len(self._connection.places), most)
            for _ in range(wanted - len(self._futures)):
                task = service.new_task()
                future = self._submit(begun, remote.serve, task, kept, envelope, self._name)
                self._watch(begun, future)
                begun += 1
            key = self._next()
            while not messages.empty():
                service.on_message(messages.get())
            if key is not None:
                failure = self._served(self._futures.pop(key))
                if failure is not None:
                    failures.append(failure)
                elif not finished:
                    finished, last = True, time.monotonic() + _LAST_SECONDS
            if not self._futures and (finished or failures):
                break

    def abandon(self) -> None:
        """Give up what has no result yet; nobody is waited for."""
        with suppress(Exception):  # the scheduler may be gone
            self._client.unsubscribe_topic(self._name)
        for future in (*self._futures.values(), *self._kept):
            with suppress(Exception):
                future.release()
        self._futures.clear()
        self._kept.clear()

    def _submit(self, number: int, function: Callable[..., Any], *arguments: Any) -> Future:  # noqa: ANN401 - of the function
        """Send one of few calls, each to another worker.

        Left alone, the scheduler would give all of them to the worker that has what they share.
        """
        places = self._connection.places
        wanted = [places[number % len(places)]] if places else None
        return self._client.submit(
            function,
            *arguments,
            key=(self._name, number),
            workers=wanted,
            allow_other_workers=wanted is not None,
            pure=False,
        )

    def _shared(self, arguments: tuple[Any, ...]) -> Future:
        """Arguments of all calls: kept by the scheduler, and fetched once by each worker."""
        future = self._client.submit(
            remote.unpack,
            pickle.dumps(arguments, pickle.HIGHEST_PROTOCOL),
            key=f"shared-{self._name}",
            pure=False,
        )
        self._kept.append(future)
        return future

    def _watch(self, key: Any, future: Future) -> None:  # noqa: ANN401 - of the caller
        self._futures[key] = future
        future.add_done_callback(lambda _: self._ended.put(key))

    def _next(self) -> Any:  # noqa: ANN401 - of the caller
        """The key of what has ended; None after a while in which nothing has."""
        try:
            return self._ended.get(timeout=_PAUSE)
        except queue.Empty:
            self._connection.look()
            return None

    def _ready(self) -> list[Any]:
        """Keys of what has ended, a few at once."""
        first = self._next()
        keys = [] if first is None else [first]
        while keys and len(keys) < _FETCHED:
            try:
                keys.append(self._ended.get_nowait())
            except queue.Empty:
                break
        return keys

    def _outcome(self, future: Future) -> Any:  # noqa: ANN401 - of the caller
        """The result of a task that has ended; its worker may be lost meanwhile."""
        from distributed import KilledWorker

        while True:
            try:
                return future.result(timeout=4 * _PAUSE)
            except KilledWorker as error:
                name = self._connection.link.name
                raise ToolFailedError(
                    f"a piece of work ended each of the workers of {name} that tried it; if memory "
                    f"ran out, give workers more of it"
                ) from error
            except LogicjscError:
                raise
            except (Exception, CancelledError) as error:
                if future.status == "error":
                    # The task's own, unless a worker that joined later is of another version.
                    self._connection.refuse_others(self._client)
                    raise
                if future.status == "cancelled" or not isinstance(error, TimeoutError):
                    raise _LostError from error
                self._connection.look()

    def _served(self, future: Future) -> Failure | None:
        try:
            failure: Failure | None = self._outcome(future)
        except LogicjscError as error:
            return Failure(str(error), exit_code=error.exit_code)
        return failure


@contextmanager
def _losing(batch: _Batch) -> Iterator[None]:
    """What Dask raises once it has lost its scheduler, as one kind of error."""
    try:
        yield
    except (OSError, RuntimeError, TimeoutError) as error:
        if batch.is_connected:
            raise
        raise _LostError from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's advice on large arguments, which are sent once to each worker."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
