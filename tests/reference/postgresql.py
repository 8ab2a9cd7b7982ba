"""A PostgreSQL server of our own on loopback, which tests may stop and start."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


def _binaries() -> Path:
    """Folder of ``initdb`` and ``pg_ctl``; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [
        Path(shutil.which("pg_ctl") or "pg_ctl (install the Debian package postgresql)")
    ]
    return found[-1].parent


class Server:
    """A fresh database cluster. The server refuses to run as root, so root lends it a user."""

    def __init__(self) -> None:
        # pytest's own temporary folders are closed to other users.
        self._folder = Path(tempfile.mkdtemp(prefix="logicjsc-postgresql-"))
        self._data = self._folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._run("initdb", "--auth=trust", "--username=samples", "--no-sync", "-D", self._data)

    @property
    def url(self) -> str:
        return f"postgresql://samples:secret@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._folder}"
        log = self._folder / "log"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        """Break all connections and stop."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data)

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run(
            [_binaries() / program, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            user=self._user,
            timeout=60,
        )
