"""Pieces of work that the workers of a test's cluster can import."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from logicjsc.core.errors import DataError


def mix(samples, folder, number, seconds):
    """Something that takes a while, depends on shared samples, and leaves a trace."""
    with (Path(folder) / "begun").open("a") as stream:
        stream.write(f"{number} {os.getpid()}\n")
    time.sleep(seconds)
    rng = np.random.default_rng(number)
    return samples @ rng.standard_normal(samples.shape[1]), os.getpid()


def refuse(number):
    if number == 2:
        raise DataError(f"{number} is refused")
    return number


def fail(number):
    raise ValueError(f"{number} is a mistake")


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """Counts in a folder how often it is unpacked, and by whom."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return (_unpacked, (self.folder,))


def _unpacked(folder):
    with (Path(folder) / "unpacked").open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    return Counted(folder)


def process(shared, number):
    time.sleep(0.02)
    return os.getpid()


def share_out(task, say, base=0):
    """Workers take numbers from a folder, by creating files, until there are enough."""
    folder, wanted = task
    while True:
        taken = len(list(Path(folder).glob("*.taken")))
        say((taken, f"{taken} taken"))
        if taken >= wanted:
            return
        for number in range(wanted):
            try:
                with (Path(folder) / f"{number}.taken").open("x") as stream:
                    stream.write(str(base + number))
                break
            except FileExistsError:
                continue
        time.sleep(0.05)


def talk(task, say):
    """Speaks until nobody listens any more."""
    folder = Path(task)
    (folder / "talking").touch()
    try:
        while True:
            say(("talking", os.getpid()))
            time.sleep(0.05)
    except OSError:
        (folder / "ended").touch()
        raise
