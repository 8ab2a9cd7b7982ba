"""What every place to work can do: independent calls, and workers that share work out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

from logicjsc.core.errors import LogicjscError

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")

Say: TypeAlias = Callable[[Any], None]
"""Sends a message to the starting process; raises `OSError` if nobody wants it any more."""


def nothing() -> tuple[Any, ...]:
    """No arguments."""
    return ()


@dataclass(frozen=True)
class Failure:
    """Why a worker ended early.

    Attributes:
        sentence: for people.
        details: a traceback, if it was no mistake of the user's.
        exit_code: of the error.
    """

    sentence: str
    details: str = ""
    exit_code: int = LogicjscError.exit_code


class Executor(ABC):
    """Where pieces of work are done."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What ``--on`` calls it."""

    @property
    def is_local(self) -> bool:
        """Whether all work is done on this machine."""
        return False

    @property
    def is_alone(self) -> bool:
        """Whether all work is done in this process, one piece after the other."""
        return False

    @abstractmethod
    def run(
        self,
        function: Callable[..., _Result],
        tasks: Mapping[_Key, tuple[Any, ...]],
        shared: tuple[Any, ...] = (),
    ) -> Iterator[tuple[_Key, _Result]]:
        """Do independent calls; see `logicjsc.core.executor.run_tasks`."""

    @abstractmethod
    def serve(
        self,
        work: Callable[..., None],
        new_task: Callable[[], Any],
        on_message: Callable[[Any], None],
        *,
        most: int,
        shared: Callable[[], tuple[Any, ...]] = nothing,
    ) -> list[Failure]:
        """Let workers share out work among themselves until one finds that nothing is left.

        Args:
            work: called with a task of its own, a `Say` and ``shared``; a function of a module.
            new_task: makes the task of one more worker; picklable.
            on_message: told what workers say, the latest about once a second.
            most: workers that there is work for.
            shared: makes arguments that are sent once to each worker of a cluster; workers of this
                machine get none, they find the same for themselves.

        Returns:
            Why workers ended early; those that did not are not in it.

        Raises:
            ToolError: the cluster is away for too long.
        """

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of what was started; it can be used no more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
