"""The sample of jets that ships with the package, from a folder that the generator made.

``make sample`` generates the folder and runs this; ``sample.json`` beside the sample is the
folder's manifest, so the sample can be made again and compared.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from logicjsc.core.files import atomic_file
from logicjsc.dataset import DataConfig, load_all
from logicjsc.dataset.load import save_samples
from logicjsc.tasks.jets.generator.manifest import NAME


def bundle(folder: Path, target: Path) -> None:
    """Write ``sample.npz`` and ``sample.json`` into ``target``.

    Args:
        folder: what ``logicjsc data generate`` wrote.
        target: ``logicjsc/data`` of a checkout.
    """
    save_samples(load_all(DataConfig(task="jets", path=str(folder))), target / "sample.npz")
    with atomic_file(target / "sample.json") as temporary:
        shutil.copyfile(folder / NAME, temporary)


if __name__ == "__main__":
    bundle(Path(sys.argv[1]), Path(sys.argv[2]))
