"""A watcher that ends the programs of a process that is killed.

Nobody can clean up after signal 9, so a shell outside of the process does: it reads the numbers of
process groups from a pipe, and when the pipe closes, because the process has ended in whatever way,
it kills the groups that are still on its list. It starts with the first program; a program costs
two writes of a few bytes.
"""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from typing import Final

# The inner list survives the outer shell, so that the watcher is nobody's child to wait for.
# Signals of a terminal go to another session.
_SCRIPT: Final = r"""
exec 3<&0 </dev/null
{
  all=' '
  while read -r sign number; do
    case "$sign" in
      +) all="$all$number " ;;
      -) all="${all%% "$number" *} ${all#* "$number" }" ;;
    esac
  done
  for number in $all; do kill -9 "-$number"; done
} <&3 3<&- &
"""

_SECONDS: Final = 10.0


class _Watcher:
    """The pipe to the watcher of this process; none before the first program."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pipe: int | None = None
        self.failed = False

    def prepare(self) -> None:
        """Start the watcher if that has not been done."""
        with self.lock:
            if self.pipe is None and not self.failed:
                self.start()

    def tell(self, sign: str, leader: int) -> None:
        """Put a group on the list, or take it away."""
        with self.lock:
            if self.pipe is not None:
                # Without its watcher a program still runs.
                with suppress(OSError):
                    os.write(self.pipe, f"{sign} {leader}\n".encode())

    def start(self) -> None:
        """Start the watcher; where there is no shell, there is none."""
        reading, self.pipe = os.pipe()
        try:
            subprocess.run(
                ["/bin/sh", "-c", _SCRIPT],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
                timeout=_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            os.close(self.pipe)
            self.pipe, self.failed = None, True
        finally:
            os.close(reading)

    def forget(self) -> None:
        """In a forked child, whose programs are its own: let the parent's pipe close with it."""
        self.lock = threading.Lock()
        if self.pipe is not None:
            os.close(self.pipe)
        self.pipe = None


_WATCHER: Final = _Watcher()
os.register_at_fork(after_in_child=_WATCHER.forget)


def prepare_guard() -> None:
    """Before a program starts: let there be a watcher, so that `guard` takes no time."""
    _WATCHER.prepare()


def guard(leader: int) -> None:
    """Let the group of this leader end when this process ends in whatever way."""
    _WATCHER.tell("+", leader)


def unguard(leader: int) -> None:
    """Forget a group that has ended."""
    _WATCHER.tell("-", leader)
