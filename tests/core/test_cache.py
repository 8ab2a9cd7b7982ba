"""What took long is kept by what it depends on, and is never wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.cache import entry, key_of, read_entry, write_entry
from logicjsc.core.files import cache_directory

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@given(PLAIN, PLAIN)
def test_equal_facts_have_one_key_and_others_another(one, other):
    assert len(key_of(one)) == 64
    assert key_of(one) == key_of(json.loads(json.dumps(one)))
    if json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True):
        assert key_of(one) != key_of(other)


def test_the_order_of_names_is_no_fact():
    assert key_of({"a": 1, "b": [2, 3]}) == key_of({"b": [2, 3], "a": 1})
    assert key_of([1, 2]) != key_of([2, 1])
    assert key_of(1) != key_of("1")
    with pytest.raises(TypeError):
        key_of({1, 2})


def test_an_entry_lies_under_its_kind(cache):
    assert cache_directory() == cache
    path = entry("netlists", {"a": 1})
    assert path == cache / "netlists" / f"{key_of({'a': 1})}.json"
    assert entry("netlists", {"a": 1}, ".npz").suffix == ".npz"
    assert entry("figures", {"a": 1}).parent != path.parent
    assert cache.stat().st_mode & 0o777 == 0o700  # for its owner alone from the beginning


@given(PLAIN)
def test_what_is_kept_comes_back(tmp_path_factory, result):
    path = tmp_path_factory.mktemp("cache") / "deep" / "x.json"
    write_entry(path, result)
    assert read_entry(path) == result


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"NaNs", b"\x80\x04N."]
)
def test_an_entry_that_cannot_be_read_is_none(tmp_path, content):
    path = tmp_path / "x.json"
    assert read_entry(path) is None
    path.write_bytes(content)
    assert read_entry(path) is None
    path.unlink()
    path.mkdir()
    assert read_entry(path) is None


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path):
    (tmp_path / "file").write_text("")
    write_entry(tmp_path / "file" / "x.json", {"a": 1})
    assert read_entry(tmp_path / "file" / "x.json") is None


def test_an_entry_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "x.json"
    write_entry(path, [1] * 1000)
    write_entry(path, [2])
    assert read_entry(path) == [2]
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]


def test_without_a_setting_the_cache_is_where_the_platform_has_its_caches(monkeypatch):
    import platformdirs

    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("LOGICJSC_CACHE", raising=False)
        else:
            monkeypatch.setenv("LOGICJSC_CACHE", value)
        assert str(cache_directory()) == platformdirs.user_cache_dir("logicjsc")
