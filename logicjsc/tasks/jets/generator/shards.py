"""Jets of one class from one pair of seeds, and their files.

A run is divided into parts of one class and at most `PART_JETS` jets. Part ``n`` of every class
makes file ``n``, which therefore is balanced, and in which the order of jets is shuffled by seed.
Only the classes, the number of jets and the seed decide what a part holds: not how many processes
share the work.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import OutputError
from logicjsc.core.files import atomic_file, read_arrays
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.generator.detector import measure
from logicjsc.tasks.jets.generator.processes import PYTHIA_SEEDS, EventSource
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

PART_JETS: Final = 2500
"""Jets of a part: half a minute of work, of which setting PYTHIA up takes a few hundredths."""

BATCH_EVENTS: Final = 25
"""Events held in memory at once."""


@dataclass(frozen=True)
class Part:
    """Jets of one class that are made in one go.

    Attributes:
        class_name: one of `CLASS_NAMES`.
        index: number of the file that they go into.
        jets: how many.
    """

    class_name: str
    index: int
    jets: int

    @property
    def file_name(self) -> str:
        """Name of the part's file."""
        return f"part_{self.index:05d}_{self.class_name}.npz"


def plan(jets: int) -> tuple[tuple[Part, ...], ...]:
    """Parts of every file of a run: classes differ by at most one jet, in each file and in all."""
    classes = len(CLASS_NAMES)
    files = max(1, -(-jets // (PART_JETS * classes)))
    borders = [jets * index // files for index in range(files + 1)]
    planned = []
    for index, (begin, end) in enumerate(pairwise(borders)):
        # Jet number i of the run belongs to class i modulo 5.
        counts = [
            len(range(begin + (label - begin) % classes, end, classes)) for label in range(classes)
        ]
        planned.append(
            tuple(
                Part(name, index, count)
                for name, count in zip(CLASS_NAMES, counts, strict=True)
                if count
            )
        )
    return tuple(planned)


def pythia_seeds(seed: int, part: Part) -> tuple[int, int]:
    """Seeds of the PYTHIA instances of a part; no two in a run are the same."""
    first = int(np.random.SeedSequence(seed).generate_state(1)[0])
    number = 2 * (part.index * len(CLASS_NAMES) + CLASS_NAMES.index(part.class_name))
    return (first + number) % PYTHIA_SEEDS + 1, (first + number + 1) % PYTHIA_SEEDS + 1


def detector_stream(seed: int, part: Part) -> np.random.Generator:
    """Random numbers of the detector of a part."""
    key = (CLASS_NAMES.index(part.class_name), part.index)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def make_part(part: Part, seed: int) -> tuple[Array, int]:
    """Make the jets of a part.

    Args:
        part: which.
        seed: of the run.

    Returns:
        Features float32 ``[jets, 16]`` and the number of events that it took.
    """
    from logicjsc.tasks.jets.generator.jets import features_of

    source = EventSource(part.class_name, pythia_seeds(seed, part))
    rng = detector_stream(seed, part)
    features = np.empty((part.jets, len(FEATURE_NAMES)), np.float32)
    made = tried = 0
    while made < part.jets:
        batch = source.next_batch(min(BATCH_EVENTS, part.jets - made))
        objects = measure(batch.particles, batch.events, rng)
        found, _ = features_of(objects, batch.targets, batch.target_events)
        features[made : made + len(found)] = found
        made += len(found)
        tried += batch.events
    return features, tried


def write_part(path: Path, features: Array, tried: int) -> None:
    """Write a part atomically."""
    write_arrays(path, {"X": features, "tried": np.array(tried)})


def read_part(path: Path, part: Part) -> tuple[Array, int] | None:
    """Features and number of events of a part that is there and whole, else ``None``."""
    try:
        arrays = read_arrays(path)
        features, tried = arrays["X"], int(arrays["tried"])
    except (OSError, ValueError, KeyError):
        return None
    if features.shape != (part.jets, len(FEATURE_NAMES)) or features.dtype != np.float32:
        return None
    return features, tried


def write_merged(path: Path, parts: dict[str, Array], seed: int, index: int) -> None:
    """Write a file of jets of all classes, in an order that the seed decides."""
    features = np.concatenate(list(parts.values()))
    labels = np.concatenate(
        [np.full(len(rows), CLASS_NAMES.index(name), np.uint8) for name, rows in parts.items()]
    )
    key = (len(CLASS_NAMES), index)  # no class has this number: a stream of its own
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)).permutation(
        len(labels)
    )
    write_arrays(
        path,
        {
            "X": features[order],
            "y": labels[order],
            "features": np.array(FEATURE_NAMES),
            "classes": np.array(CLASS_NAMES),
        },
    )


def write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    """Write an archive atomically; equal arrays give equal bytes, as nothing is compressed.

    Raises:
        OutputError: the disk is full, or the place cannot be written.
    """
    try:
        with atomic_file(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    except OutputError as error:
        if isinstance(error.__cause__, OSError):
            raise cannot_write(path, error.__cause__) from error
        raise


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The sentence for a failed write."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return OutputError(
            f"cannot write {path}: the disk is full; free some space and run the same command "
            "again, it goes on where it stopped"
        )
    return OutputError(f"cannot write {path}: {error.strerror or error}")
