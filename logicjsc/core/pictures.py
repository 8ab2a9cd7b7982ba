"""Pictures as files: what every plot begins and ends with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logicjsc.core.extras import require
from logicjsc.core.files import atomic_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXTRA = "plots"
_BACKEND: Final = "MPLBACKEND"


def require_plotting() -> None:
    """Refuse early where no picture can be drawn.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
    """
    # Its import fails over a backend of a notebook's, which programs started there inherit.
    before = os.environ.get(_BACKEND)
    os.environ[_BACKEND] = "Agg"
    try:
        require("matplotlib", EXTRA)
    finally:
        if before is None:
            del os.environ[_BACKEND]
        else:
            os.environ[_BACKEND] = before


@contextmanager
def picture(path: Path, size: tuple[float, float], dpi: int = 90) -> Iterator[Figure]:
    """An empty figure, written as PNG when the block ends.

    Args:
        path: where to.
        size: width and height in inches.
        dpi: dots per inch.

    Raises:
        ToolNotFoundError: matplotlib is not installed.
        OutputError: ``path`` cannot be written.
    """
    require_plotting()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Not through pyplot, which would look for a display.
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    yield figure
    with atomic_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=dpi)
