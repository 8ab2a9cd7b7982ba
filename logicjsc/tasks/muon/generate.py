"""``logicjsc data generate-muons``."""

from __future__ import annotations

from pathlib import Path

import click

from logicjsc.core.console.options import json_option, path_type, print_json


@click.command("generate-muons")
@click.option("--tracks", type=int, default=60_000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of all random numbers.")
@click.option(
    "--out", type=path_type, required=True, metavar="FILE", help="The .npz file of the tracks."
)
@json_option
def command(tracks: int, seed: int, out: Path, *, as_json: bool) -> None:
    """Make straight muon tracks through seven layers of 50 strips, with the angle of each.

    Equal seeds give equal tracks. Seed 0 has those that come along with the task; test on tracks of
    another seed than those that were trained on.
    """
    import time

    import numpy as np

    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.files import atomic_file
    from logicjsc.tasks.muon.arrange import FEATURE_NAMES
    from logicjsc.tasks.muon.generator import make_tracks

    if out.suffix != ".npz":
        raise click.UsageError(f"--out {out} must end in .npz, the format of the tracks")
    started = time.perf_counter()
    hits, angles = make_tracks(tracks, seed)
    with atomic_file(out) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream, allow_pickle=False, X=hits, y=angles, features=np.array(FEATURE_NAMES)
        )
    report = {
        "path": str(out),
        "tracks": tracks,
        "seed": seed,
        "hits_per_track": float(hits.sum() / tracks),
        "bytes": out.stat().st_size,
        "seconds": time.perf_counter() - started,
    }
    if as_json:
        print_json(report)
        return
    print_facts(f"{out}: muon tracks", list(report.items())[1:])
    click.echo(f"train on it with --data {out} --set data.task=muon")
