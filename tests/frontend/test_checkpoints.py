"""State dictionaries come as arrays, from whatever file, and nothing in them is executed."""

import json
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from reference.damaged_files import damaged

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.checkpoints import array_of, read_checkpoint, whole_of

STATE = {"a": torch.arange(6).reshape(2, 3), "b": torch.tensor([0.5, -1.0])}


def test_tensors_of_every_kind_become_arrays(tmp_path):
    file = tmp_path / "state.pt"
    extra = {"half": STATE["b"].half(), "brain": STATE["b"].bfloat16(), "n": 3, "t": (1, 2)}
    torch.save({"inner": STATE, **extra}, file)
    found = read_checkpoint(file, "checkpoint")
    assert found["inner"]["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["half"].tolist() == found["brain"].tolist() == [0.5, -1.0]
    assert (found["n"], found["t"]) == (3, (1, 2))
    torch.save({"sparse": torch.eye(3).to_sparse()}, file)
    with pytest.raises(ImportedModelError, match="no plain array; save it dense"):
        read_checkpoint(file, "checkpoint")
    torch.save(STATE, file, _use_new_zipfile_serialization=False)
    with pytest.raises(ImportedModelError, match="is a pickle, which could run anything"):
        read_checkpoint(file, "checkpoint")


def test_archives_and_json_hold_the_same(tmp_path):
    np.savez(tmp_path / "state.npz", a=STATE["a"].numpy())
    (tmp_path / "state.json").write_text(json.dumps({"a": STATE["a"].tolist()}))
    for name in ("state.npz", "state.json"):
        held = read_checkpoint(tmp_path / name, "checkpoint")
        assert array_of(held, "a", 2, name, "iu").tolist() == STATE["a"].tolist()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ImportedModelError, match="an archive, but neither of torch nor of numpy"):
        read_checkpoint(tmp_path / "other.zip", "checkpoint")


def test_numbers_are_what_they_should_be():
    held = {"n": np.array([3]), "zero": 0, "yes": True, "text": "3", "wide": np.zeros((2, 2))}
    assert whole_of(held, "n", "file") == 3
    assert whole_of(held, "none", "file") == 0
    for key in ("zero", "yes", "text", "wide"):
        with pytest.raises(ImportedModelError, match="must be a whole number of 1 or more"):
            whole_of(held, key, "file")
    with pytest.raises(ImportedModelError, match="wide has shape"):
        array_of(held, "wide", 3, "file")
    with pytest.raises(ImportedModelError, match="holds no array 'text'"):
        array_of(held, "text", 1, "file")


def archive_of_torch():
    import io

    stream = io.BytesIO()
    torch.save(STATE, stream)
    return stream.getvalue()


@settings(max_examples=60)
@given(damaged(archive_of_torch()))
def test_damaged_checkpoints_are_refused_or_hold_what_they_held(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("damaged") / "state.pt"
    file.write_bytes(content)
    try:
        found = read_checkpoint(file, "checkpoint")
    except ImportedModelError:
        return
    assert found["a"].tolist() == STATE["a"].tolist()
