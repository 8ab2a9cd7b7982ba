"""``logicjsc data generate``: a folder of re-created jets, on all cores, resumable.

The folder holds ``manifest.json``, the files of jets and, while it is being made, ``parts/``. Every
file appears whole or not at all, and what is there is never made twice: after a crash the same
command goes on, and ends with the same bytes as if nothing had happened.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import DataError, OutputError
from logicjsc.core.executor import Jobs, executor_of
from logicjsc.core.files import refuse_foreign_directory, sha256_of
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator import manifest as manifests
from logicjsc.tasks.jets.generator.manifest import Manifest
from logicjsc.tasks.jets.generator.packages import require
from logicjsc.tasks.jets.generator.shards import (
    Part,
    cannot_write,
    plan,
    pythia_seeds,
    read_part,
    write_merged,
)
from logicjsc.tasks.jets.generator.workers import make_parts

_PARTS: Final = "parts"


@dataclass(frozen=True)
class GenerationReport:
    """What a run of the generator did.

    Attributes:
        folder: where the jets are.
        jets: how many there are.
        files: in how many files.
        tried: events that it took in all.
        made: jets made by this call; the others were there.
        seconds: of this call.
    """

    folder: str
    jets: int
    files: int
    tried: int
    made: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def generate(
    jets: int,
    jobs: Jobs,
    seed: int,
    out: Path,
    on_progress: Callable[[int], None] = lambda _: None,
) -> GenerationReport:
    """Make re-created jets, balanced over the classes, or go on making them.

    Args:
        jets: how many.
        jobs: processes, or an executor; they change nothing but the time it takes.
        seed: of all random numbers; not negative.
        out: folder, new or of an earlier call with the same settings.
        on_progress: told how many jets there are.

    Raises:
        ConfigError: there are to be no processes.
        ToolNotFoundError: the ``physics`` extra is not installed.
        DataError: the numbers make no sense, or ``out`` holds jets made in another way.
        OutputError: ``out`` cannot be written, is full, or is used by another run.
    """
    if jets < 1 or seed < 0:
        raise DataError(
            f"{jets} jets of seed {seed} cannot be made; the first has to be positive, the seed at "
            f"least 0"
        )
    executor = executor_of(jobs)
    begin = time.perf_counter()
    for package in ("pythia8mc", "awkward", "numba"):
        require(package)
    wanted = manifests.current(jets, seed)
    refuse_foreign_directory(out, manifests.NAME)
    with _sole_use(out):
        manifest = manifests.load(out)
        if manifest is None:
            manifest = wanted
            manifest.save(out)
        manifests.refuse_other(manifest, wanted, out)
        made = _Run(manifest, out, on_progress).finish(executor)
    tried = sum(entry["tried"] for file in manifest.files.values() for entry in _classes(file))
    seconds = time.perf_counter() - begin
    return GenerationReport(str(out), jets, len(manifest.files), tried, made, seconds)


class _Run:
    """A folder on its way to being complete."""

    def __init__(self, manifest: Manifest, out: Path, on_progress: Callable[[int], None]) -> None:
        self._manifest, self._out, self._on_progress = manifest, out, on_progress
        self._present = 0

    def finish(self, jobs: Jobs) -> int:
        """Make and merge whatever is missing; returns how many jets were made."""
        parts = self._out / _PARTS
        absent: dict[int, set[Part]] = {}
        members = dict(enumerate(plan(self._manifest.jets)))
        for index, file in members.items():
            if self._is_finished(index):
                self._present += sum(part.jets for part in file)
            else:
                absent[index] = {
                    part for part in file if read_part(parts / part.file_name, part) is None
                }
                self._present += sum(part.jets for part in file if part not in absent[index])
        before = self._present
        self._on_progress(before)

        def on_part(part: Part) -> None:
            absent[part.index].discard(part)
            if not absent[part.index]:
                self._merge(part.index, members[part.index])

        missing = [
            part for index, gaps in absent.items() for part in members[index] if part in gaps
        ]
        for index, gaps in absent.items():
            if not gaps:
                self._merge(index, members[index])
        if missing:
            # Files that a killed run was in the middle of writing.
            for rest in parts.glob(".*"):
                rest.unlink()
            work = [(part, parts / part.file_name) for part in missing]
            for part in make_parts(work, self._manifest.seed, jobs):
                self._present += part.jets
                self._on_progress(self._present)
                on_part(part)
        shutil.rmtree(parts, ignore_errors=True)
        return self._manifest.jets - before

    def _is_finished(self, index: int) -> bool:
        path = self._out / file_name(index)
        entry = self._manifest.files.get(path.name)
        return entry is not None and path.is_file() and sha256_of(path) == entry["sha256"]

    def _merge(self, index: int, members: tuple[Part, ...]) -> None:
        """Parts become a file, then the manifest knows it, then the parts go: in this order."""
        features: dict[str, Array] = {}
        classes = {}
        for part in members:
            path = self._out / _PARTS / part.file_name
            found = read_part(path, part)
            if found is None:
                raise OutputError(f"{path} was changed by somebody else; run the command again")
            features[part.class_name], tried = found
            classes[part.class_name] = {
                "jets": part.jets,
                "tried": tried,
                "pythia_seeds": list(pythia_seeds(self._manifest.seed, part)),
            }
        target = self._out / file_name(index)
        write_merged(target, features, self._manifest.seed, index)
        self._manifest.files[target.name] = {"sha256": sha256_of(target), "classes": classes}
        self._manifest.save(self._out)
        for part in members:
            (self._out / _PARTS / part.file_name).unlink()


def file_name(index: int) -> str:
    """Name of a file of jets."""
    return f"jets_{index:05d}.npz"


def _classes(file: dict[str, Any]) -> list[dict[str, Any]]:
    return list(file["classes"].values())


@contextmanager
def _sole_use(folder: Path) -> Iterator[None]:
    """Keep a second run out of ``folder``; the system lets go when this process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"another run is making jets in {folder}; wait for it") from error
        yield
    finally:
        os.close(handle)
