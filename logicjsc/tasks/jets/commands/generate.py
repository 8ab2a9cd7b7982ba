"""``logicjsc data generate``."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from logicjsc.core.console.options import jobs_option, json_option, path_type, print_json
from logicjsc.core.executor import Executor
from logicjsc.core.progress import OnProgress


@click.command("generate")
@click.option("--jets", type=int, required=True, help="How many, balanced over the classes.")
@jobs_option
@click.option("--seed", type=int, default=0, help="Of all random numbers (default 0).")
@click.option("--out", type=path_type, required=True, help="Folder of the jets.")
@json_option
def command(jets: int, jobs: Executor, seed: int, out: Path, *, as_json: bool) -> None:
    """Make re-created jets: PYTHIA 8, a simple detector, jet finding, grooming.

    Needs the physics extra: pip install logicjsc[physics]. Equal seeds give equal bytes, whatever
    --jobs is. If it is interrupted, the same command goes on where it stopped.
    """
    from logicjsc.core.console.tables import print_facts
    from logicjsc.core.progress import shown_progress
    from logicjsc.tasks.jets.generator.run import generate

    try:
        with shown_progress("making jets") as update:
            report = generate(jets, jobs, seed, out, _with_rate(update, jets))
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on where it stopped", err=True)
        raise
    if as_json:
        print_json(report.to_dict())
        return
    facts = [
        ("jets", report.jets),
        ("files", report.files),
        ("events tried", report.tried),
        ("made now", report.made),
        ("jets per second", f"{report.made / report.seconds:.0f} on {jobs.name}"),
        ("seconds", f"{report.seconds:.1f}"),
    ]
    print_facts(f"{out}: re-created jets, seed {seed}", facts)


def _with_rate(update: OnProgress, total: int) -> Callable[[int], None]:
    """Say the speed since the first report, which counts what was there before."""
    begun: list[tuple[float, int]] = []

    def on_progress(jets: int) -> None:
        now = time.perf_counter()
        if not begun:
            begun.append((now, jets))
        seconds, made = now - begun[0][0], jets - begun[0][1]
        update(jets, total, f"{made / seconds:.0f} jets/s" if seconds > 1 and made else "")

    return on_progress
