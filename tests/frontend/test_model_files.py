"""Files are read in bounds, and refused in a sentence."""

import pytest

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend import model_files
from logicjsc.frontend.model_files import check_size, path_of, read_content, read_model_json


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(ImportedModelError, match="an object of type int is no BLIF file"):
        path_of(3, "BLIF file")
    with pytest.raises(ImportedModelError, match="is no file; give the BLIF file"):
        path_of(tmp_path, "BLIF file")
    with pytest.raises(ImportedModelError, match="cannot be read"):
        read_content(tmp_path / "none")


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    file = tmp_path / "model"
    with file.open("wb") as stream:
        stream.truncate(5 << 30)  # takes no space
    with pytest.raises(ImportedModelError, match="has 5,368,709,120 bytes; at most 1,073,741,824"):
        read_content(file)
    file.write_bytes(b"abcd")
    assert read_content(file, 4) == b"abcd"
    monkeypatch.setattr(model_files, "LARGEST_JSON", 3)
    with pytest.raises(ImportedModelError, match="has 4 bytes; at most 3 are read"):
        read_model_json(file, "model")


def test_json_is_told_from_other_texts(tmp_path):
    file = tmp_path / "model.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": [1]}')
    assert read_model_json(file, "model") == {"a": [1]}
    file.write_text("[" * 100_000)
    with pytest.raises(ImportedModelError, match="is no model: it is nested too deeply"):
        read_model_json(file, "model")


def test_sizes_are_told_before_anything_is_built():
    check_size("m", 2_000_000, 1 << 30, "make it smaller")
    with pytest.raises(ImportedModelError, match="m would take 2,000,001 nodes and 5 bytes"):
        check_size("m", 2_000_001, 5, "make it smaller")
    with pytest.raises(ImportedModelError, match=r"1,073,741,825 bytes.*, make it smaller"):
        check_size("m", 1, (1 << 30) + 1, "make it smaller")
