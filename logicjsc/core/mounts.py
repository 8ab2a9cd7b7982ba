"""What kind of file system a folder lies on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mounts")

_SHARED: Final = (
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.cvmfs",
    "fuse.glusterfs",
    "fuse.sshfs",
    "gfs2",
    "gpfs",
    "lustre",
    "nfs",
    "nfs4",
    "orangefs",
    "panfs",
    "smb3",
    "wekafs",
)
"""Kinds that several machines may write at once."""


def network_file_system(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of a file system that other machines may write too; empty for any other.

    Args:
        folder: any path; what is not there yet belongs to the folder above it.
        mounts: the system's list of mounted file systems.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    kinds = {}
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        kinds[Path(place.encode().decode("unicode_escape"))] = kind  # later mounts cover earlier
    path = folder.resolve()
    above = next((kinds[place] for place in (path, *path.parents) if place in kinds), "")
    return above if above in _SHARED else ""
