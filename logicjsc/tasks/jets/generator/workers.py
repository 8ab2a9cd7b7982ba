"""Parts of a generated set, several made at a time."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from logicjsc.core.errors import ToolFailedError
from logicjsc.core.executor import Jobs, run_tasks
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.shards import Part


def make_parts(parts: Sequence[tuple[Part, Path]], seed: int, jobs: Jobs) -> Iterator[Part]:
    """Make parts and write each to its path, several at a time.

    Args:
        parts: what to make, in this order.
        seed: of the run.
        jobs: number of processes, or an executor.

    Yields:
        Each part when its file is in place.

    Raises:
        LogicjscError: a part could not be made or written; the others are abandoned.
    """
    # The compiler takes more memory than PYTHIA: together they would pass 400 MB in every process.
    compiler = multiprocessing.get_context("spawn").Process(target=_compile, daemon=True)
    compiler.start()
    compiler.join()
    from logicjsc.tasks.jets.generator.shards import write_part

    paths = dict(parts)
    calls = {part: (part, seed) for part in paths}
    try:
        for part, (features, tried) in run_tasks(_make, calls, jobs):
            write_part(paths[part], features, tried)
            yield part
    except ToolFailedError as error:
        raise ToolFailedError(f"{error}; run the same command again, it goes on") from error


def _compile() -> None:
    """Compile what processes call, for them to load from numba's cache."""
    from logicjsc.tasks.jets.generator.jets import compile_features

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compile_features()


def _make(part: Part, seed: int) -> tuple[Array, int]:
    from logicjsc.tasks.jets.generator.shards import make_part

    return make_part(part, seed)
