"""What runs on a cluster's workers."""

from __future__ import annotations

import os
import pickle
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from logicjsc.core.errors import LogicjscError, ToolNotFoundError
from logicjsc.core.executor.cluster.identity import difference, identity
from logicjsc.core.executor.executor import Failure

if TYPE_CHECKING:
    from distributed import Worker

_ONE_AT_A_TIME: Final = threading.Lock()
"""Libraries keep random numbers and numbers of threads by process, and workers may have threads."""

_BETWEEN_MESSAGES: Final = 1.0


@dataclass(frozen=True)
class Envelope:
    """What goes with every call.

    Attributes:
        identity: of the process that asks.
        function: what is called.
    """

    identity: dict[str, str]
    function: Callable[..., Any]

    def refuse_others(self) -> None:
        """Refuse to work for a process with another logicjsc.

        Raises:
            ToolNotFoundError: it has one.
        """
        place = f"the worker in process {os.getpid()} of {socket.gethostname()}"
        sentence = difference(place, identity(), self.identity)
        if sentence:
            raise ToolNotFoundError(sentence)


def unpack(text: bytes) -> tuple[Any, ...]:
    """Arguments that all calls on a worker share."""
    shared: tuple[Any, ...] = pickle.loads(text)  # noqa: S301 - sent by whoever sends the code
    return shared


def call(arguments: tuple[Any, ...], shared: tuple[Any, ...], envelope: Envelope) -> Any:  # noqa: ANN401 - any result
    """Do one call."""
    envelope.refuse_others()
    with _ONE_AT_A_TIME:
        return envelope.function(*shared, *arguments)


def serve(
    task: Any,  # noqa: ANN401 - of the function
    shared: tuple[Any, ...],
    envelope: Envelope,
    topic: str,
) -> Failure | None:
    """Be one of several workers that share out work themselves; why it ended early."""
    from distributed import get_worker

    envelope.refuse_others()
    with _ONE_AT_A_TIME:
        voice = _Voice(get_worker(), topic)
        try:
            envelope.function(task, voice.say, *shared)
        except LogicjscError as error:
            return Failure(str(error), exit_code=error.exit_code)
        except OSError as error:
            if voice.is_unwanted():
                return None
            return _failure(error)
        except Exception as error:  # noqa: BLE001 - said by the process that asked
            return _failure(error)
    return None


class _Voice:
    """How a worker's work speaks to the process that asked for it."""

    def __init__(self, worker: Worker, topic: str) -> None:
        self._worker, self._topic = worker, topic
        self._key = worker.get_current_task()
        self._next = 0.0

    def say(self, message: Any) -> None:  # noqa: ANN401 - of the function
        """Send a message, unless another was sent just now.

        Raises:
            BrokenPipeError: the work is no longer wanted.
        """
        if self.is_unwanted():
            raise BrokenPipeError
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _BETWEEN_MESSAGES
            self._worker.log_event(self._topic, message)

    def is_unwanted(self) -> bool:
        """Whether the process that asked has gone or given the work to somebody else."""
        from distributed.core import Status

        with suppress(RuntimeError):  # the worker's other thread changes the tasks
            state = self._worker.state.tasks.get(self._key)
            if state is None or state.state in {"cancelled", "resumed", "released", "forgotten"}:
                return True
        return self._worker.status not in {Status.running, Status.paused}


def _failure(error: Exception) -> Failure:
    reason = str(error).partition("\n")[0]
    return Failure(f"{type(error).__name__}: {reason}", traceback.format_exc())
