"""Tables of network flows: both targets, categories, what is left out and what is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from reference.small_tables import csv_text, write_csv
from reference.task_files import ATTACKS, FLOW_HEADER, WHOLE, flows

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.dataset.provenance import Provenance

COLUMNS = flows()


def loaded(path, task="nid", **settings):
    return load_all(DataConfig(str(path), task=task, **settings))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("flows") / "flows.csv.gz"
    path.write_bytes(gzip.compress(csv_text(COLUMNS).encode()))
    return path


def test_the_label_is_told_without_what_gives_it_away(table):
    found = loaded(table)
    assert (found.target.kind, found.target.names) == ("binary", ("normal", "attack"))
    assert found.targets.tolist() == COLUMNS["label"]
    columns = [column.name for column in found.schema.columns]
    assert columns == [name for name in FLOW_HEADER if name not in {"id", "attack_cat", "label"}]


def test_the_attack_is_told_without_what_gives_it_away(table):
    found = loaded(table, "nid-attacks")
    assert found.target.kind == "classes"
    assert found.target.names == ("Normal", *sorted(ATTACKS[1:]))
    assert [found.target.names[index] for index in found.targets] == COLUMNS["attack_cat"]
    assert found.feature_names == loaded(table).feature_names
    np.testing.assert_array_equal(found.features, loaded(table).features)


def test_columns_are_what_they_are_however_they_look(tmp_path):
    # Of these flows no word is above 1 and one bit never changes.
    plain = {**COLUMNS, "is_ftp_login": [0, 1] * 100, "is_sm_ips_ports": [0] * 200}
    schema = loaded(write_csv(tmp_path / "a.csv", plain)).schema
    kinds = {column.name: column.kind for column in schema.columns}
    wide = {"sbytes", "dbytes", "stcpb", "dtcpb", "response_body_len"}
    assert {name for name in kinds if kinds[name] == "word"} == {
        name for name in WHOLE if name not in {*wide, "is_sm_ips_ports"}
    }
    assert {name for name in kinds if kinds[name] == "category"} == {"proto", "service", "state"}
    assert kinds["is_sm_ips_ports"] == "bit"
    assert {kinds[name] for name in wide} == {"number"}


@pytest.mark.parametrize(("coding", "bits"), [("one-hot", 3), ("binary", 2)])
def test_a_category_never_seen_in_training_has_a_code_of_its_own(tmp_path, coding, bits):
    train = write_csv(tmp_path / "train.csv", COLUMNS)
    other = flows(60, seed=1) | {"proto": ["sctp"] * 60}
    test = write_csv(tmp_path / "other.csv", other)
    config = DataConfig(str(train), task="nid", test_path=str(test), category_code=coding)
    dataset = load_dataset(config)
    places = [
        place for place, name in enumerate(dataset.schema.feature_names) if name.startswith("proto")
    ]
    assert len(places) == bits
    assert not dataset.test.features[:, places].any()
    assert dataset.train.features[:, places].any(axis=1).all()
    known = Provenance.of(dataset)
    again = known.part("test", test)
    assert again.fingerprint() != known.fingerprint
    np.testing.assert_array_equal(again.features, dataset.test.features)


def test_both_parts_of_a_folder_are_found_by_their_published_names(tmp_path):
    write_csv(tmp_path / "UNSW_NB15_training-set.csv", COLUMNS)
    test = write_csv(tmp_path / "UNSW_NB15_testing-set.csv", flows(60, seed=1))
    dataset = load_dataset(DataConfig(str(tmp_path), task="nid"))
    assert (len(dataset.train) + len(dataset.validation), len(dataset.test)) == (200, 60)
    assert dataset.test.targets.tolist() == loaded(test).targets.tolist()
    # The same through what a network remembers, with attacks as the target.
    attacks = load_dataset(DataConfig(str(tmp_path), task="nid-attacks"))
    read = Provenance.of(attacks).read(tmp_path)
    np.testing.assert_array_equal(read.features, attacks.test.features)
    np.testing.assert_array_equal(read.targets, attacks.test.targets)


@pytest.mark.parametrize(
    ("change", "task", "message"),
    [
        ({"sttl": None}, "nid", "has no column 'sttl', which those of task 'nid' have"),
        ({"label": None}, "nid", "has no column 'label', which those of task 'nid' have"),
        ({"attack_cat": None}, "nid-attacks", "has no column 'attack_cat', which those of task "),
        ({"weather": [1] * 200}, "nid", "has a column 'weather', which samples of task 'nid' do"),
        (
            {"label": [2, *COLUMNS["label"][1:]]},
            "nid",
            "column 'label' is 2 in row 0 .*; it is 0 of a normal flow and 1 of an attack",
        ),
        (
            {"attack_cat": ["Virus", *COLUMNS["attack_cat"][1:]]},
            "nid-attacks",
            "column 'attack_cat' is 'Virus' in row 0 .* none of the classes Normal, Analysis, ",
        ),
        (
            {"sload": ["fast", *COLUMNS["sload"][1:]]},
            "nid",
            "column 'sload' holds 'fast' in row 0 .*, which is no number; samples of task 'nid'",
        ),
        ({"proto": [None, *COLUMNS["proto"][1:]]}, "nid", "column 'proto' has no value in row 0"),
    ],
)
def test_what_is_no_table_of_flows_is_named(tmp_path, change, task, message):
    columns = {name: column for name, column in (COLUMNS | change).items() if column is not None}
    with pytest.raises(DataError, match=message):
        loaded(write_csv(tmp_path / "a.csv", columns), task)


def test_one_target_alone_will_do(tmp_path):
    for task, absent in (("nid", "attack_cat"), ("nid-attacks", "label")):
        columns = {name: column for name, column in COLUMNS.items() if name not in {absent, "id"}}
        assert len(loaded(write_csv(tmp_path / f"{task}.csv", columns), task)) == 200


def test_a_class_without_flows_is_refused(tmp_path):
    rows = [row for row, name in enumerate(COLUMNS["attack_cat"]) if name != "Worms"]
    fewer = {name: [column[row] for row in rows] for name, column in COLUMNS.items()}
    path = write_csv(tmp_path / "a.csv", fewer)
    with pytest.raises(DataError, match=r"a\.csv holds no samples of class 'Worms'"):
        load_dataset(DataConfig(str(path), task="nid-attacks"))
    assert load_dataset(DataConfig(str(path), task="nid")).schema.target.kind == "binary"
