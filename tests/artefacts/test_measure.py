"""Metrics of every kind of source, on its own samples and never on another's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from reference.onnx_models import foreign_model
from reference.small_points import sample_netlist
from reference.small_road import MEASURED, columns
from reference.small_tables import chosen, lamps, write_csv

from logicjsc.artefacts.measure import artefact_metrics as measured
from logicjsc.artefacts.netlists import netlist_of, provenance_of
from logicjsc.artefacts.sources import identify
from logicjsc.core.errors import ConfigError, DataError, OtherSamplesError
from logicjsc.core.run import Run
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.dataset.metrics import Metrics, choose_thresholds, measure
from logicjsc.methods.result import Recorded
from logicjsc.netlist import evaluate, load_netlist, save_netlist
from logicjsc.netlist.scoring import metrics_of, scores_of

EVERY_KIND = pytest.mark.parametrize("kind", MEASURED)
OF_NETLIST = ("netlist", "circuit", "library")


def assert_same(found, expected):
    """Decisions agree; losses and areas come from float32 in another order."""
    assert found.accuracy == expected.accuracy
    assert found.threshold == pytest.approx(expected.threshold)
    assert found.true_positive_rate == expected.true_positive_rate
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    assert found.auc == pytest.approx(expected.auc, abs=1e-5)


class TestOwnSamples:
    @EVERY_KIND
    def test_are_the_test_part_of_what_it_was_made_from(self, made, kind):
        metrics, samples = measured(made.source(kind))
        expected = made.dataset.test
        assert samples.part == "test"
        assert samples.fingerprint() == expected.fingerprint()
        assert (metrics.kind, metrics.samples) == ("binary", len(expected))
        netlist = load_netlist(made.netlist)
        assert_same(metrics, metrics_of(netlist, expected))
        if kind in OF_NETLIST:
            assert metrics == metrics_of(netlist, expected)

    def test_a_run_is_measured_as_when_it_was_made(self, made):
        kept = Recorded.of(Run.open(made.run)).best["test"]
        assert measured(made.source("run"))[0] == Metrics.from_dict(kept)

    def test_the_threshold_is_the_one_that_validation_samples_chose(self, made):
        netlist, dataset = load_netlist(made.netlist), made.dataset
        (chosen_threshold,) = choose_thresholds(
            scores_of(netlist, dataset.validation), dataset.validation
        )
        for kind in MEASURED:
            metrics, _ = measured(made.source(kind))
            assert metrics.threshold == {"yes": pytest.approx(chosen_threshold)}
        scores = scores_of(netlist, dataset.test)
        decided = scores[:, 0] >= chosen_threshold
        assert metrics.accuracy == (decided == dataset.test.targets).mean()
        assert 0 < decided.mean() < 1

    def test_of_a_point_are_the_bundled_ones_it_was_made_from(self, point):
        metrics, samples = measured(identify(point))
        expected = load_dataset(DataConfig(task="jets")).test
        assert samples.fingerprint() == expected.fingerprint()
        assert metrics == metrics_of(sample_netlist(), expected)

    def test_of_a_point_made_from_others_are_asked_for(self):
        with pytest.raises(DataError, match="do not travel with logicjsc; name them with --data"):
            measured(identify("jsc-lut-3"))

    @pytest.mark.parametrize("name", ["jsc-s", "lab"])
    def test_a_config_or_a_study_has_none(self, name):
        with pytest.raises(ConfigError, match="a run, model, netlist, circuit or point"):
            measured(identify(name))


class TestLeaks:
    """No source is ever measured on another split, task or target than its own."""

    @EVERY_KIND
    def test_two_splits_of_one_table_are_kept_apart(self, made, other_split, kind):
        assert made.table == other_split.table
        parts = {}
        for own in (made, other_split):
            metrics, samples = measured(own.source(kind))
            assert samples.fingerprint() == own.dataset.test.fingerprint()
            assert metrics.samples == 80
            parts[own.split_seed] = rows_of(samples)
            # None of them was learned from or chosen by.
            assert not parts[own.split_seed] & rows_of(own.dataset.train)
            assert not parts[own.split_seed] & rows_of(own.dataset.validation)
        assert parts[0] != parts[7]

    @EVERY_KIND
    def test_naming_the_table_does_not_let_training_samples_in(
        self, made, other_split, kind, tmp_path
    ):
        copy = Path(shutil.copy(made.table, tmp_path / "copy.csv"))
        for own in (made, other_split):
            for place in (made.table, copy):
                metrics, samples = measured(own.source(kind), place)
                assert samples.fingerprint() == own.dataset.test.fingerprint()
                assert metrics == measured(own.source(kind))[0]

    def test_the_table_itself_wins_over_whatever_else_lies_there(self, made, tmp_path, monkeypatch):
        """Nothing depends on the folder that one works in, nor on other runs or tasks in it."""
        write_csv(tmp_path / "lamps.csv", columns(300, seed=9))
        shutil.copytree(made.run, tmp_path / "runs" / "run")
        monkeypatch.chdir(tmp_path)
        _, samples = measured(identify("runs/run"))
        assert samples.fingerprint() == made.dataset.test.fingerprint()

    @EVERY_KIND
    def test_a_changed_table_is_never_divided_anew(self, made, kind):
        rows = columns(401)
        write_csv(made.table, rows)
        with pytest.raises(OtherSamplesError, match="are not those it was made from"):
            measured(made.source(kind))

    @EVERY_KIND
    def test_another_task_is_refused(self, made, kind):
        for task in ("wine", "moons", "jets"):
            with pytest.raises(DataError):
                measured(made.source(kind), Path(task))

    @EVERY_KIND
    def test_another_target_of_equal_features_is_refused(self, made, kind, tmp_path):
        path = write_csv(tmp_path / "price.csv", columns(60, seed=4, target="price"))
        with pytest.raises(DataError, match="works"):
            measured(made.source(kind), path)

    @EVERY_KIND
    def test_of_several_targets_its_own_is_taken(self, made, other_target, kind, tmp_path):
        everything = lamps(90, seed=4)
        path = write_csv(tmp_path / "both.csv", everything)
        for own, target in ((made, "works"), (other_target, "price")):
            metrics, samples = measured(own.source(kind), path)
            assert samples.target.column == target
            assert metrics.samples == 90
            alone = write_csv(
                tmp_path / f"{target}.csv",
                chosen(everything, "size", "hits", "lit", "colour", target),
            )
            assert measured(own.source(kind), alone)[0] == metrics

    def test_values_have_errors_and_no_accuracy(self, other_target):
        for kind in MEASURED:
            metrics, samples = measured(other_target.source(kind))
            assert metrics.kind == "value"
            assert metrics.accuracy is None
            netlist = netlist_of(other_target.source("netlist"))
            expected = measure(scores_of(netlist, samples), samples)
            assert metrics.rmse == pytest.approx(expected.rmse, rel=1e-5)


def rows_of(samples):
    return {row.tobytes() for row in samples.features}


class TestWithoutProvenance:
    @pytest.fixture
    def bare(self, tmp_path):
        """A netlist of jets that does not say where it comes from."""
        save_netlist(replace(sample_netlist(), provenance={}), tmp_path / "bare.npz")
        return identify(tmp_path / "bare.npz")

    def test_samples_are_asked_for(self, bare):
        with pytest.raises(
            DataError,
            match=r"bare\.npz does not say which samples it was made from; name some with --data",
        ):
            measured(bare)

    def test_all_that_were_named_are_measured(self, bare):
        metrics, samples = measured(bare, Path("jets"))
        assert metrics.samples == len(samples) == 50_000
        assert metrics == metrics_of(sample_netlist(), samples)

    def test_others_are_refused(self, bare, tmp_path):
        with pytest.raises(DataError, match="the network takes 16 features"):
            measured(bare, write_csv(tmp_path / "lamps.csv", columns(60)))
        with pytest.raises(DataError, match="the network takes 16 features"):
            measured(bare, Path("wine"))


class TestModels:
    """ONNX models, whether logicjsc exported them or not."""

    def test_a_foreign_model_asks_for_samples_and_takes_its_features_in_their_order(self, tmp_path):
        onnx.save(foreign_model("one_layer").model, tmp_path / "foreign.onnx")
        source = identify(tmp_path / "foreign.onnx")
        assert provenance_of(source) is None
        with pytest.raises(DataError, match=r"foreign\.onnx does not say which samples"):
            measured(source)
        rng = np.random.default_rng(0)
        table = {f"c{place}": rng.normal(0, 2, 90).round(3).tolist() for place in range(4)}
        table["class"] = [("low", "mid", "top")[place % 3] for place in range(90)]
        metrics, samples = measured(source, write_csv(tmp_path / "table.csv", table))
        netlist = netlist_of(source)
        features = np.stack([table[f"c{place}"] for place in range(4)], axis=1)
        np.testing.assert_array_equal(samples.features, np.float32(features))
        decided = netlist.decoder.classify(
            evaluate(netlist, netlist.encoder.encode(samples.features))
        )
        assert metrics.accuracy == (decided == samples.targets).mean()
