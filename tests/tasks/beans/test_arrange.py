"""Files of beans in every form, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.small_tables import write_csv
from reference.task_files import BEAN_HEADER, beans

from logicjsc.core.errors import DataError
from logicjsc.dataset import DataConfig, load_all, load_dataset
from logicjsc.tasks.beans.names import CLASS_NAMES

COLUMNS = beans()


def loaded(path):
    return load_all(DataConfig(str(path), task="beans"))


def test_a_table_of_beans_has_its_features_and_classes_whatever_their_order(tmp_path):
    numbered = {"Bean ID": list(range(1, 141)), **COLUMNS}
    found = loaded(write_csv(tmp_path / "a.csv", dict(reversed(numbered.items()))))
    assert list(found.feature_names) == BEAN_HEADER[:-1]
    assert found.class_names == tuple(sorted(set(COLUMNS["Class"])))
    for place, name in enumerate(BEAN_HEADER[:-1]):
        np.testing.assert_array_equal(found.features[:, place], np.float32(COLUMNS[name]))
    assert [CLASS_NAMES[index] for index in found.targets] == COLUMNS["Class"]
    assert set(found.schema.feature_kinds) == {"number"}


def test_other_spellings_and_formats_are_the_same_beans(tmp_path):
    wanted = loaded(write_csv(tmp_path / "a.csv", COLUMNS)).fingerprint()
    other = {
        {"AspectRation": "AspectRatio", "roundness": "Roundness"}.get(name, name): column
        for name, column in COLUMNS.items()
    }
    other["Class"] = [name.title() for name in COLUMNS["Class"]]
    assert loaded(write_csv(tmp_path / "b.csv", other)).fingerprint() == wanted
    pd.DataFrame(COLUMNS).to_parquet(tmp_path / "c.parquet")
    assert loaded(tmp_path / "c.parquet").fingerprint() == wanted
    lines = ["@RELATION beans", *(f"@ATTRIBUTE {name} REAL" for name in BEAN_HEADER[:-1])]
    lines += [f"@ATTRIBUTE Class {{{','.join(CLASS_NAMES)}}}", "@DATA"]
    lines += [",".join(map(str, row)) for row in zip(*COLUMNS.values(), strict=True)]
    (tmp_path / "d.arff").write_text("\n".join(lines) + "\n")
    assert loaded(tmp_path / "d.arff").fingerprint() == wanted


def test_test_beans_are_those_of_another_file_or_of_the_folder(tmp_path):
    train = write_csv(tmp_path / "beans_train.csv", COLUMNS)
    test = write_csv(tmp_path / "beans_test.csv", beans(70, seed=1))
    write_csv(tmp_path / "notes.csv", {"what": ["a"], "why": ["b"]})
    whole = load_dataset(DataConfig(str(tmp_path), task="beans"))
    assert whole.test.fingerprint() == loaded(test).fingerprint()
    named = load_dataset(DataConfig(str(train), task="beans", test_path=str(test)))
    assert named.fingerprint() == whole.fingerprint()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Extent": None}, "has no column 'Extent', which those of task 'beans' have; it has "),
        ({"Weight": [1.0] * 140}, "has a column 'Weight', which samples of task 'beans' do not "),
        ({"area": COLUMNS["Area"]}, "has column 'Area' twice; remove one"),
        (
            {"Solidity": ["much", *COLUMNS["Solidity"][1:]]},
            r"column 'Solidity' holds 'much' in row 0 \(counted from 0\), which is no number",
        ),
        (
            {"Solidity": [*COLUMNS["Solidity"][:3], None, *COLUMNS["Solidity"][4:]]},
            r"column 'Solidity' is nan in row 3 .*; 1 values are missing or beyond float32",
        ),
        (
            {"Class": ["KIDNEY", *COLUMNS["Class"][1:]]},
            "column 'Class' is 'KIDNEY' in row 0 .* none of the classes BARBUNYA, BOMBAY, CALI, ",
        ),
        (
            {"Class": [None, *COLUMNS["Class"][1:]]},
            "column 'Class' is empty in row 0 .* none of the classes",
        ),
    ],
)
def test_what_is_no_bean_is_named(tmp_path, change, message):
    columns = {name: column for name, column in (COLUMNS | change).items() if column is not None}
    with pytest.raises(DataError, match=message):
        loaded(write_csv(tmp_path / "a.csv", columns))


def test_a_class_without_beans_is_refused(tmp_path):
    rows = [row for row, name in enumerate(COLUMNS["Class"]) if name != "CALI"]
    fewer = {name: [column[row] for row in rows] for name, column in COLUMNS.items()}
    path = write_csv(tmp_path / "a.csv", fewer)
    message = "a.csv holds no samples of class 'CALI', so there is nothing to learn it from"
    with pytest.raises(DataError, match=message):
        load_dataset(DataConfig(str(path), task="beans"))
    assert len(load_dataset(DataConfig(str(path), target="Class")).schema.target.names) == 6
