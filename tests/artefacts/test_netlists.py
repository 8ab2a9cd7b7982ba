"""The netlist of every kind of source, and the samples that belong to it and no others."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference.small_jets import separable_jets, write_jets
from reference.small_points import sample_netlist
from reference.small_road import MEASURED, columns
from reference.small_tables import write_csv

from logicjsc.artefacts.netlists import dataset_of, netlist_of, provenance_of, samples_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.errors import (
    ConfigError,
    DataError,
    NetlistError,
    OnnxModelError,
    OtherSamplesError,
)
from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.methods.gradient.checkpoint import load_model
from logicjsc.netlist import digest_of, load_netlist, save_netlist

EVERY_KIND = pytest.mark.parametrize("kind", MEASURED)


class TestNetlist:
    @EVERY_KIND
    def test_is_the_same_along_the_whole_road(self, made, kind):
        netlist = netlist_of(made.source(kind))
        named = replace(netlist, name="run")  # a model's is called after its file
        assert digest_of(named) == digest_of(load_netlist(made.netlist))

    def test_of_a_point_of_the_zoo_is_its_own(self, point):
        expected = digest_of(load_netlist(point / "netlist.npz"))
        assert digest_of(netlist_of(identify(point))) == expected

    def test_of_a_run_is_made_where_it_is_missing_or_old(self, made, tmp_path):
        shutil.copytree(made.run, tmp_path / "run")
        source = identify(tmp_path / "run")
        (tmp_path / "run" / "netlist.npz").unlink()
        (tmp_path / "run" / "model.onnx").unlink()
        seen = []
        netlist = netlist_of(source, on_progress=lambda *step: seen.append(step))
        assert digest_of(netlist) == digest_of(load_netlist(made.netlist))
        assert seen[-1][:2] == (7, 7)
        assert digest_of(load_netlist(tmp_path / "run" / "netlist.npz")) == digest_of(netlist)
        # One of another model is not believed.
        old = replace(netlist, provenance={**netlist.provenance, "onnx_digest": "0" * 64})
        save_netlist(replace(old, name="old"), tmp_path / "run" / "netlist.npz")
        assert netlist_of(source).name == "run"

    def test_of_a_model_has_tables_of_the_size_that_is_allowed(self, made):
        with pytest.raises(OnnxModelError, match="address bits, the limit is 3"):
            netlist_of(made.source("onnx"), 3)

    @pytest.mark.parametrize("name", ["jsc-s", "lab"])
    def test_a_config_or_study_has_none(self, name):
        with pytest.raises(ConfigError, match=r"is a (config|study definition); a run, model,"):
            netlist_of(identify(name))


class TestProvenance:
    @EVERY_KIND
    def test_travels_from_the_run_to_everything_made_of_it(self, made, kind):
        known = provenance_of(made.source(kind))
        assert known == Provenance.of(made.dataset)
        assert known.config.path == str(made.table.resolve())
        assert known.fingerprint == made.dataset.fingerprint()

    def test_of_a_checkpoint_is_the_same(self, made):
        assert load_model(Run.open(made.run)).provenance == Provenance.of(made.dataset)

    def test_of_a_point_names_no_place(self, point):
        known = provenance_of(identify(point))
        assert (known.config.path, known.config.task) == ("", "jets")
        assert all(provenance_of(identify(name)).config.path == "" for name in ("jsc-lut-3",))

    def test_may_be_missing(self, made, tmp_path):
        save_netlist(replace(load_netlist(made.netlist), provenance={}), tmp_path / "bare.npz")
        assert provenance_of(identify(tmp_path / "bare.npz")) is None

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"config": 3}'])
    def test_that_is_damaged_is_refused(self, made, tmp_path, text):
        netlist = load_netlist(made.netlist)
        damaged = replace(netlist, provenance={**netlist.provenance, KEY: text})
        save_netlist(damaged, tmp_path / "damaged.npz")
        with pytest.raises(DataError, match="the provenance of the samples is damaged"):
            samples_of(identify(tmp_path / "damaged.npz"), "test")


class TestSamples:
    @EVERY_KIND
    @pytest.mark.parametrize("part", ["train", "validation", "test"])
    def test_are_the_part_that_was_asked_for(self, made, kind, part):
        found = samples_of(made.source(kind), part)
        expected = getattr(made.dataset, part)
        assert found.part == expected.part == part
        assert found.fingerprint() == expected.fingerprint()
        assert found.schema == expected.schema

    def test_all_of_them_are_the_three_parts(self, made):
        found, dataset = samples_of(made.source("netlist"), "all"), made.dataset
        parts = (dataset.train, dataset.validation, dataset.test)
        assert len(found) == sum(map(len, parts)) == 400
        np.testing.assert_array_equal(
            found.features, np.concatenate([part.features for part in parts])
        )

    @EVERY_KIND
    def test_that_changed_are_refused(self, made, kind):
        rows = columns()
        rows["size"][200] += 1
        write_csv(made.table, rows)
        with pytest.raises(
            OtherSamplesError,
            match=re.escape(f"{getattr(made, kind)}: the samples in {made.table} are not those it"),
        ):
            samples_of(made.source(kind), "test")
        with pytest.raises(OtherSamplesError, match="name others with --data"):
            dataset_of(made.source(kind))

    @EVERY_KIND
    def test_that_are_gone_are_asked_for(self, made, kind):
        made.table.unlink()
        for ask in (lambda source: samples_of(source, "test"), dataset_of):
            with pytest.raises(DataError, match=r"cannot be had \(.*\); name them with --data"):
                ask(made.source(kind))

    @EVERY_KIND
    def test_at_another_place_are_the_same_part(self, made, kind, tmp_path):
        expected = made.dataset
        moved = shutil.move(made.table, tmp_path / "elsewhere.csv")
        for part in ("train", "test"):
            found = samples_of(made.source(kind), part, moved)
            assert found.fingerprint() == getattr(expected, part).fingerprint()
        assert dataset_of(made.source(kind), moved).fingerprint() == expected.fingerprint()

    @EVERY_KIND
    def test_of_another_file_are_all_of_it_read_as_they_were(self, made, kind, tmp_path):
        # Another order of columns, a column too many, and neither red nor some of the words.
        rows = columns(90, seed=4)
        rows = {"note": ["x"] * 90, **dict(reversed(rows.items()))}
        keep = [
            place
            for place, (colour, hits) in enumerate(zip(rows["colour"], rows["hits"], strict=True))
            if colour != "red" and hits > -2
        ]
        rows = {name: [cells[place] for place in keep] for name, cells in rows.items()}
        path = write_csv(tmp_path / "others.csv", rows)
        found = samples_of(made.source(kind), "test", path)
        assert len(found) == len(keep)
        assert found.schema == made.dataset.schema
        sizes = found.features[:, found.feature_names.index("size")]
        np.testing.assert_array_equal(sizes, np.float32(rows["size"]))
        reds = found.features[:, found.feature_names.index("colour=red")]
        assert not reds.any()
        divided = dataset_of(made.source(kind), write_csv(tmp_path / "more.csv", columns(200, 5)))
        assert {len(divided.test), len(divided.train)} == {40, 144}

    @EVERY_KIND
    def test_of_a_file_without_its_columns_are_refused(self, made, kind, tmp_path):
        for missing in ("lit", "works"):
            rows = columns(60, seed=4)
            del rows[missing]
            path = write_csv(tmp_path / "others.csv", rows)
            with pytest.raises(DataError, match=rf"others\.csv (lacks|has no column) '{missing}'"):
                samples_of(made.source(kind), "test", path)

    def test_in_a_folder_are_its_test_files(self, made, tmp_path):
        write_csv(tmp_path / "both" / "lamps_train.csv", columns(50, seed=5))
        write_csv(tmp_path / "both" / "lamps_test.csv", columns(30, seed=6))
        assert len(samples_of(made.source("netlist"), "test", tmp_path / "both")) == 30


class TestWithoutProvenance:
    @pytest.fixture
    def bare(self, tmp_path):
        """A netlist of jets that does not say where it comes from."""
        path = tmp_path / "bare.npz"
        save_netlist(replace(sample_netlist(), provenance={}), path)
        return identify(path)

    def test_samples_are_asked_for(self, bare):
        for ask in (lambda source: samples_of(source, "test"), dataset_of):
            with pytest.raises(
                DataError,
                match=r"bare\.npz does not say which samples it was made from; name some with --da",
            ):
                ask(bare)

    def test_given_ones_are_read_by_the_names_of_the_network(self, bare, tmp_path):
        jets = separable_jets(120)
        path = write_jets(tmp_path / "jets.npz", jets)
        found = samples_of(bare, "test", path)
        assert len(found) == 120
        np.testing.assert_array_equal(found.features, jets.features)
        np.testing.assert_array_equal(found.targets, jets.targets)
        assert found.target.names == jets.target.names

    def test_a_known_task_is_divided_by_its_own_rule(self, bare):
        expected = load_dataset(DataConfig(task="jets"))
        assert dataset_of(bare, Path("jets")).fingerprint() == expected.fingerprint()
        # Which of them it learned from is not known, so all are given.
        found = samples_of(bare, "test", Path("jets"))
        assert found.fingerprint() == load_all(DataConfig(task="jets")).fingerprint()

    def test_others_are_refused(self, bare, tmp_path):
        path = write_csv(tmp_path / "lamps.csv", columns(60))
        with pytest.raises(DataError, match="the network takes 16 features"):
            samples_of(bare, "test", path)

    def test_without_ends_there_is_nothing_to_read_them_by(self, bare, tmp_path):
        netlist = replace(load_netlist(bare.path), encoder=None)
        save_netlist(netlist, tmp_path / "blind.npz")
        path = write_jets(tmp_path / "jets.npz", separable_jets(20))
        with pytest.raises(NetlistError, match="has no encoder and decoder"):
            samples_of(identify(tmp_path / "blind.npz"), "test", path)
