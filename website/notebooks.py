"""The tutorials: notebooks that keep what their cells gave (``make notebooks``).

    python website/notebooks.py [NAME ...]

Each is run from its first cell in a new kernel and an empty folder, and is replaced only if no
cell fails.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import nbformat
from nbclient import NotebookClient

TUTORIALS: Final = Path(__file__).parent.parent / "docs" / "tutorials"
_SECONDS: Final = 300


def main(names: list[str]) -> None:
    """Run notebooks by name, or all."""
    for path in sorted(TUTORIALS.glob("*.ipynb")):
        if not names or path.stem in names:
            path.write_text(executed(path))
            print(path)


def executed(path: Path) -> str:
    """The notebook's text with what its cells give here."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, timeout=_SECONDS, resources={"metadata": {"path": folder}}
        )
        client.execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the time of day
        if cell.cell_type == "code":
            # Progress goes to the standard error.
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    notebook.metadata.pop("language_info", None)  # the version of Python
    return f"{nbformat.writes(notebook, indent=1)}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
