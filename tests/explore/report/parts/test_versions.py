import hashlib

from logicjsc import __version__
from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.run import Run
from logicjsc.netlist import digest_of


def test_versions_seeds_and_digests_are_those_of_the_run(runs, sections):
    path = runs()
    facts, files, digest = sections(path)["versions"].elements
    rows = dict(facts.rows)
    header = Run(path).header()
    assert rows["this page was written by logicjsc"] == __version__
    assert rows["trained with torch"] == header.versions["torch"]
    assert rows["seed: training"] == str(header.seeds["training"])
    assert rows["fingerprint of the samples"] == header.dataset["fingerprint"]
    assert digest.rows[0][1] == digest_of(netlist_of(identify(path)))
    expected = hashlib.sha256((path / "config.toml").read_bytes()).hexdigest()
    assert ["config.toml", expected] in files.rows
