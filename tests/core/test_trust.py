"""What others could have put somewhere, or changed, is not trusted."""

from __future__ import annotations

import os
import re
import time

import pytest

from logicjsc.core.trust import make_private, seal, why_not_ours, why_unsafe

OTHER = 4242

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "cache" / "simulators"
    make_private(folder)
    file = folder / "program"
    file.write_bytes(b"ours")
    file.chmod(0o700)
    seal(file)
    return file


def test_what_was_sealed_is_ours(sealed):
    assert why_not_ours(sealed) is None
    note = sealed.with_name("program.sha256")
    assert note.stat().st_mode & 0o777 == 0o600
    seal(sealed)
    assert why_not_ours(sealed) is None


def test_a_change_is_seen_though_the_file_was_looked_at_before(sealed):
    time.sleep(0.2)  # until its digest is remembered
    assert why_not_ours(sealed) is None
    assert why_not_ours(sealed) is None
    times = sealed.stat()
    sealed.write_bytes(b"evil")
    os.utime(sealed, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "is not as it was made" in why_not_ours(sealed)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_folders_are_for_their_owner_alone_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        make_private(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700, 0o700]


def test_a_file_in_the_way_of_a_folder(tmp_path):
    (tmp_path / "a").touch()
    for path in ("a", "a/b"):
        with pytest.raises(NotADirectoryError):
            make_private(tmp_path / path)


CHANGES = {
    "content": (lambda file: file.write_bytes(b"theirs"), "program is not as it was made"),
    "no digest": (
        lambda file: file.with_name("program.sha256").unlink(),
        "program has no digest beside it",
    ),
    "owner": (lambda file: os.chown(file, OTHER, OTHER), "program belongs to user 4242"),
    "owner of the digest": (
        lambda file: os.chown(file.with_name("program.sha256"), OTHER, OTHER),
        "program.sha256 belongs to user 4242",
    ),
    "all may write": (lambda file: file.chmod(0o777), "others may write to .*program"),
    "a group may write": (lambda file: file.chmod(0o770), "others may write to .*program"),
    "owner of the folder": (
        lambda file: os.chown(file.parent, OTHER, OTHER),
        "simulators belongs to user 4242",
    ),
    "owner above": (lambda file: os.chown(file.parents[1], OTHER, 0), "cache belongs to user"),
    "folder for all": (lambda file: file.parent.chmod(0o777), "others may write to .*simulators"),
    "folder above for all": (
        lambda file: file.parents[1].chmod(0o777),
        "others may write to .*cache",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_others_could_have_changed_is_not_ours(sealed, change):
    spoil, message = CHANGES[change]
    spoil(sealed)
    assert (reason := why_not_ours(sealed)) is not None
    assert re.search(message, reason), reason


def test_files_cannot_be_exchanged_for_each_other(sealed):
    other = sealed.with_name("other")
    other.write_bytes(b"another one")
    seal(other)
    sealed.rename(sealed.with_name("program.old"))
    other.rename(sealed)
    sealed.with_name("other.sha256").replace(sealed.with_name("program.sha256"))
    assert "is not as it was made" in why_not_ours(sealed)


def test_folders_with_the_sticky_bit_of_root_are_shared_safely(sealed):
    sealed.parents[1].chmod(0o1777)
    assert why_not_ours(sealed) is None
    os.chown(sealed.parents[1], OTHER, OTHER)
    assert "belongs to user 4242" in why_not_ours(sealed)


def test_links_are_followed_and_looked_at_themselves(sealed, tmp_path):
    link = tmp_path / "link"
    link.symlink_to("cache")
    assert why_unsafe(link / "simulators" / "program") is None
    assert why_unsafe(link / ".." / "cache") is None
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    assert "link belongs to user 4242" in why_unsafe(link / "simulators")
    other = tmp_path / "other"
    other.symlink_to(sealed.parent)
    sealed.parent.chmod(0o777)
    assert "others may write to" in why_unsafe(other / "program")
    around = tmp_path / "around"
    around.symlink_to("around")
    assert "cannot be looked at" in why_unsafe(around)


def test_what_is_not_there_yet_is_judged_by_what_is_above(tmp_path):
    assert why_unsafe(tmp_path / "new" / "folder") is None
    tmp_path.chmod(0o777)
    assert "others may write to" in why_unsafe(tmp_path / "new" / "folder")


def test_what_cannot_be_there_is_for_its_maker_to_tell(tmp_path):
    (tmp_path / "file").touch()
    assert why_unsafe(tmp_path / "file" / "x") is None
    assert why_unsafe(tmp_path / ("x" * 300)) is None


def test_those_who_work_together_may_write_if_asked(sealed):
    sealed.chmod(0o770)
    assert why_unsafe(sealed, group=True) is None
    sealed.chmod(0o777)
    assert why_unsafe(sealed, group=True) is not None
