from __future__ import annotations

import pytest
from reference.report_pages import make_run

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.explore.report.report import report_of


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))


@pytest.fixture(scope="session")
def runs(tmp_path_factory, cache):
    """Runs by method and kind of target, made when asked for. Read only."""
    folder, made = tmp_path_factory.mktemp("report"), {}

    def run(method="gradient", kind="classes"):
        if (method, kind) not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LOGICJSC_CACHE", str(cache))
                made[method, kind] = make_run(folder, method, kind)
        return made[method, kind]

    return run


@pytest.fixture(scope="session")
def circuit(runs, tmp_path_factory):
    """A circuit of tables of the run of classes."""
    place = tmp_path_factory.mktemp("report") / "circuit"
    export_verilog(netlist_of(identify(runs())), place)
    return place


@pytest.fixture(scope="session")
def sections(runs):
    """Sections of a run's page by name, made once."""
    made = {}

    def sections(path):
        if path not in made:
            made[path] = {part.name: part for part in report_of([path]).sections()}
        return made[path]

    return sections
