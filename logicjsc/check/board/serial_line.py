"""A serial line, by what every POSIX system has for it."""

from __future__ import annotations

import os
import select
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logicjsc.core.errors import ConfigError, ToolFailedError, ToolTimeoutError

_MOST_AT_ONCE: Final = 4096


@dataclass(frozen=True)
class SerialLine:
    """An open line that carries bytes as they are.

    Attributes:
        path: of its device.
        descriptor: of the open file.
        timeout: seconds to wait for bytes, or until bytes can be sent.
    """

    path: Path
    descriptor: int
    timeout: float

    def send(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            ToolTimeoutError: the line takes none.
            ToolFailedError: the line is gone.
        """
        while data:
            self._wait(writing=True)
            try:
                data = data[os.write(self.descriptor, data) :]
            except OSError as error:
                raise self._gone(error) from error

    def receive(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            ToolTimeoutError: they do not come.
            ToolFailedError: the line is gone.
        """
        received = b""
        while len(received) < count:
            self._wait(writing=False)
            try:
                more = os.read(self.descriptor, count - len(received))
            except OSError as error:
                raise self._gone(error) from error
            if not more:
                raise ToolFailedError(f"the serial line {self.path} was closed at its other end")
            received += more
        return received

    def silence(self, seconds: float) -> None:
        """Wait until nothing has come for so long; what comes is forgotten."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.descriptor], [], [], left)
            if ready and os.read(self.descriptor, _MOST_AT_ONCE):
                end = time.monotonic() + seconds

    def _wait(self, *, writing: bool) -> None:
        own = [self.descriptor]
        ready = select.select([] if writing else own, own if writing else [], [], self.timeout)
        if not any(ready):
            what = "takes no bytes" if writing else "gave no answer"
            raise ToolTimeoutError(
                f"{self.path} {what} for {self.timeout:g} s; look at cable, baud rate and bitstream"
            )

    def _gone(self, error: OSError) -> ToolFailedError:
        return ToolFailedError(f"the serial line {self.path} failed ({error.strerror})")


@contextmanager
def opened_line(path: Path, baud: int, timeout: float) -> Iterator[SerialLine]:
    """Open a serial line: eight data bits, no parity, one stop bit.

    Args:
        path: of its device.
        baud: bits per second.
        timeout: seconds to wait for bytes.

    Raises:
        ConfigError: there is no such line, or it cannot be so fast.
    """
    speed = getattr(termios, f"B{baud}", None)
    if speed is None:
        raise ConfigError(f"serial lines here know no {baud} baud; use another board.baud")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    except OSError as error:
        raise ConfigError(f"the serial line {path} cannot be opened ({error.strerror})") from error
    try:
        try:
            tty.setraw(descriptor)
            settings = termios.tcgetattr(descriptor)
            settings[2] = settings[2] & ~(termios.PARENB | termios.CSTOPB) | termios.CLOCAL
            settings[4] = settings[5] = speed
            termios.tcsetattr(descriptor, termios.TCSANOW, settings)
        except termios.error as error:
            raise ConfigError(f"{path} is no serial line ({error.args[-1]})") from error
        yield SerialLine(path, descriptor, timeout)
    finally:
        os.close(descriptor)
