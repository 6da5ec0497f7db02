# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are put in place whole."""

from __future__ import annotations

import errno
import os
import stat
import struct

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import whole_file


def test_a_file_comes_back_with_bytes_mode_and_attributes(tmp_path):
    path = str(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"\xff\x00 old\n")
    os.chmod(path, 0o4751)
    try:
        os.setxattr(path, "user.label", b"\x00x")
    except OSError:
        pass
    before = whole_file.state_of(path)
    whole_file.put(path, whole_file.new_state(b"new", None, 0o600))
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    whole_file.put(path, before)
    assert whole_file.state_of(path) == before
    assert (tmp_path / "a").read_bytes() == b"\xff\x00 old\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o4751


def test_the_content_of_another_file_takes_its_owner_and_mode(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    os.chmod(str(tmp_path / "a"), 0o604)
    before = whole_file.state_of(str(tmp_path / "a"))
    assert whole_file.new_state(b"new", before, 0o644)["mode"] == 0o604
    assert whole_file.new_state(b"new", None, 0o644)["mode"] == 0o644


def test_no_umask_changes_the_mode(tmp_path):
    mask = os.umask(0o077)
    try:
        whole_file.put(str(tmp_path / "a"), whole_file.new_state(b"x", None, 0o644))
        whole_file.make_folder(str(tmp_path / "d"), 0o755)
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o755


def test_there_is_no_file(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert whole_file.state_of(str(tmp_path / "none")) is None
    assert whole_file.state_of(str(tmp_path / "file" / "below")) is None


@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_what_is_no_regular_file_is_not_read(tmp_path, kind):
    path = str(tmp_path / "a")
    {"folder": os.mkdir, "link": lambda to: os.symlink("/etc/passwd", to), "fifo": os.mkfifo}[kind](path)
    with pytest.raises(OSError, match="not a regular file") as failure:
        whole_file.state_of(path)
    assert failure.value.errno == errno.EINVAL


def test_a_link_laid_where_the_new_file_is_written_leads_nowhere(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    os.symlink(str(victim), str(tmp_path / ".a.fleet-memory-new"))
    whole_file.put(str(tmp_path / "a"), whole_file.new_state(b"x", None, 0o644))
    assert victim.read_bytes() == b"mine"
    assert sorted(os.listdir(str(tmp_path))) == ["a", "victim"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")

    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        whole_file.put(str(tmp_path / "a"), whole_file.new_state(b"new", None, 0o644))
    monkeypatch.undo()
    assert os.listdir(str(tmp_path)) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_write_that_takes_a_part_is_gone_on_with(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:3]))
    whole_file.put(str(tmp_path / "a"), whole_file.new_state(b"0123456789", None, 0o644))
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_removing_also_removes_what_a_killed_run_left(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / ".a.fleet-memory-new").write_bytes(b"ne")
    whole_file.put(str(tmp_path / "a"), None)
    whole_file.put(str(tmp_path / "a"), None)
    assert os.listdir(str(tmp_path)) == []


def test_only_our_own_leftovers_are_called_so():
    assert whole_file.is_leftover(".r1.json.fleet-memory-new")
    assert not whole_file.is_leftover("r1.json.fleet-memory-new")
    assert not whole_file.is_leftover(".r1.json")


def acl(*entries):
    """As the kernel keeps it: version 2, then ``(tag, permissions, id)``; an id only of a named user or group."""
    packed = (struct.pack("<HHI", tag, permissions, number) for tag, permissions, number in entries)
    return struct.pack("<I", 2) + b"".join(packed)


NOBODY = 0xFFFFFFFF
OF_THE_FOLDER = acl((1, 6, NOBODY), (2, 4, 65534), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY))
OWN = acl((1, 6, NOBODY), (2, 6, 65533), (4, 4, NOBODY), (16, 6, NOBODY), (32, 0, NOBODY))


@pytest.fixture(name="open_folder")
def folder_that_gives_an_acl(tmp_path):
    try:
        os.setxattr(str(tmp_path), "system.posix_acl_default", OF_THE_FOLDER)
    except OSError as error:
        pytest.skip("no ACLs in %s: %s" % (tmp_path, error.strerror))
    return tmp_path


def acl_of(path):
    return os.getxattr(path, whole_file._ACL) if whole_file._ACL in os.listxattr(path) else None


@pytest.mark.parametrize("own", [None, OWN])
def test_a_restored_file_has_its_own_acl_and_not_the_folders(open_folder, own):
    path = str(open_folder / "a")
    whole_file.put(path, whole_file.new_state(b"new", None, 0o640))
    assert acl_of(path) is not None  # a new file has what its folder gives
    os.removexattr(path, whole_file._ACL)
    os.chmod(path, 0o640)
    if own:
        os.setxattr(path, whole_file._ACL, own)
    before, mode = whole_file.state_of(path), os.stat(path).st_mode
    for state in (whole_file.new_state(b"replaced", before, 0o600), before):
        whole_file.put(path, state)
        assert (acl_of(path), os.stat(path).st_mode) == (own, mode)
    os.unlink(path)
    whole_file.put(path, before)
    assert (acl_of(path), os.stat(path).st_mode) == (own, mode)
