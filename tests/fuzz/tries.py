"""One try: an input is made, read, and judged; what fails is kept for ever."""

from __future__ import annotations

import hashlib
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType

from fuzz.bases import Bases
from fuzz.kinds import KINDS, Input, Kind

from logicjsc.core.errors import LogicjscError

CORPUS = Path(__file__).parent / "corpus"
"""Everything that ever failed: a folder for each kind, files ``<digest>-<name>``."""

SECONDS = 10.0
"""A try that takes longer hangs."""


class HangError(BaseException):
    """A try took too long; no reader may catch it."""


@dataclass(frozen=True)
class Outcome:
    """What became of a try.

    Attributes:
        state: ``"accepted"``, ``"refused"``, ``"failed"`` or ``"hung"``.
        reason: what happened, if it is a fault.
    """

    state: str
    reason: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether it must not happen."""
        return self.state in {"failed", "hung"}


def made(kind: Kind, seed: int, bases: Bases) -> Input:
    """The input of a seed, the same on every machine with the same packages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind.make(Random(f"{kind.name} {seed}"), bases)  # noqa: S311 - no secret


def tried(kind: Kind, given: Input, folder: Path, bases: Bases) -> Outcome:
    """Read an input."""
    name, data = given
    path = folder / name
    path.write_bytes(data)
    try:
        with limited(SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind.read(folder, name, bases)
    except LogicjscError as error:
        sentence = str(error)
        if not sentence or "Traceback" in sentence:
            return Outcome("failed", f"an empty or raw message: {sentence[:200]!r}")
        return Outcome("refused")
    except HangError:
        return Outcome("hung", f"more than {SECONDS:g} s")
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return Outcome("failed", "".join(traceback.format_exception(error)[-3:]))
    finally:
        path.unlink(missing_ok=True)
    return Outcome("accepted")


def keep(kind: Kind, given: Input, corpus: Path = CORPUS) -> Path:
    """Put an input into the corpus."""
    name, data = given
    digest = hashlib.sha256(data).hexdigest()[:16]
    path = corpus / kind.name / f"{digest}-{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def kept() -> Iterator[tuple[Kind, Path]]:
    """The corpus."""
    for path in sorted(CORPUS.glob("*/*")):
        yield KINDS[path.parent.name], path


def input_of(path: Path) -> Input:
    """An input of the corpus."""
    return path.name.partition("-")[2], path.read_bytes()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise once the block has taken too long."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
