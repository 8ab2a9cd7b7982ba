"""A Dask cluster on loopback, for tests: real processes, forked from one that has loaded Dask.

Run as a program it takes lines of JSON, and prints the number of each process that it forks.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

TESTS = Path(__file__).parents[1]


class Cluster:
    """A scheduler and workers that can be killed, stopped and started one by one."""

    def __init__(self, folder):
        self.folder = Path(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        paths = [str(TESTS.parent), str(TESTS)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "reference.dask_cluster", str(self.folder)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.workers = []
        self.scheduler = None

    def start_scheduler(self):
        self.scheduler = self._fork(kind="scheduler", port=self.port)

    def start_workers(self, count, path=None):
        started = [self._fork(kind="worker", port=self.port, path=path) for _ in range(count)]
        self.workers += started
        return started

    def end(self, number, how=signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(number, how)
        if number in self.workers:
            self.workers.remove(number)

    def close(self):
        for number in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError, TypeError):
                os.kill(number, signal.SIGKILL)
        self._parent.communicate()

    def _fork(self, **what):
        self._parent.stdin.write(json.dumps(what) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())


def wait_until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def _serve(folder):
    import dask

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    dask.config.set(
        {
            "distributed.scheduler.worker-ttl": "2s",
            "distributed.scheduler.allowed-failures": 2,
            "distributed.admin.tick.interval": "100ms",
            "distributed.worker.profile.enabled": False,
        }
    )
    for line in sys.stdin:
        what = json.loads(line)
        process = os.fork()
        if not process:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run(what, folder)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


def _run(what, folder):
    import asyncio

    sys.stdin.close()
    os.close(0)
    log = os.open(folder / f"{what['kind']}-{os.getpid()}.log", os.O_CREAT | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if what.get("path"):
        sys.path.insert(0, what["path"])
    if what["kind"] == "scheduler":
        asyncio.run(_scheduler(what["port"]))
    else:
        asyncio.run(_worker(what["port"], folder))
    os._exit(0)


async def _scheduler(port):
    from distributed import Scheduler

    async with Scheduler(host="127.0.0.1", port=port, dashboard=False) as scheduler:
        await scheduler.finished()


async def _worker(port, folder):
    from distributed import Worker

    address = f"tcp://127.0.0.1:{port}"
    space = str(folder / f"space-{os.getpid()}")
    async with Worker(
        address, host="127.0.0.1", nthreads=1, local_directory=space, dashboard=False
    ) as worker:
        await worker.finished()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
