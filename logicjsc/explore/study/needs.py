"""What studies use: a sampler, and a database where several machines share one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from logicjsc.core.diagnosis import Found, Need, extra, package
from logicjsc.core.needs import found_tool
from logicjsc.core.programs import locate, version_key

_PLACE_OF_DEBIAN: Final = Path("/usr/lib/postgresql")
_DRIVER: Final = "psycopg"


def _driver() -> Found:
    return package(_DRIVER, "pip install 'psycopg[binary]'")


def _server() -> Found:
    """A server on the PATH, or the newest where Debian keeps them."""
    kept = sorted(_PLACE_OF_DEBIAN.glob("*/bin/postgres"), key=lambda path: version_key(str(path)))
    return found_tool(
        locate(
            "postgres",
            path=kept[-1] if kept and shutil.which("postgres") is None else None,
            version_pattern=r"(\d+(?:\.\d+)*)",
            advice="install the Debian package postgresql, or use a server of another machine",
        )
    )


NEEDS: Final = (
    extra("study", "logicjsc study with a sampler"),
    Need("PostgreSQL driver", "package", "logicjsc study --storage postgresql://", _driver),
    Need("PostgreSQL server", "program", "a storage of studies on this machine", _server),
)
