# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""fstab: its lines for a swap file, and nothing else of it."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config import fstab
from hypothesis import given
from hypothesis import strategies as st

PATH = "/swapfile"
NAMES = [PATH]
OTHERS = b"UUID=1 / ext4 defaults 0 1\n"
NONE = b"/swapfile none swap sw 0 0\n"
FIVE = b"/swapfile none swap sw,pri=5 0 0\n"


def with_swap(data: bytes, priority: Optional[int] = None) -> bytes:
    return fstab.with_swap(data, NAMES, PATH.encode(), priority)


def test_the_fields_of_an_entry() -> None:
    found = fstab.parse(b"# x\n\n/dev/sdb1\t/mnt/my\\040disk  ext4 noatime,,nofail\r\n/a\n")
    assert [(each.line, each.spec, each.file, each.type, each.options) for each in found] == [
        (3, "/dev/sdb1", "/mnt/my disk", "ext4", (b"noatime", b"nofail")),
        (4, "/a", "", "", ()),
    ]


@pytest.mark.parametrize(
    ("data", "priority", "wanted"),
    [
        (b"", None, NONE),
        (b"", 5, FIVE),
        (b"", fstab.KEEP, NONE),
        (OTHERS, None, OTHERS + NONE),
        (OTHERS[:-1], None, OTHERS + NONE),
        (b"caf\xe9\x00\n\n", 0, b"caf\xe9\x00\n\n/swapfile none swap sw,pri=0 0 0\n"),
        (b"# /swapfile none swap sw 0 0\n", None, b"# /swapfile none swap sw 0 0\n" + NONE),
        (b"  #/swapfile none swap sw\n", None, b"  #/swapfile none swap sw\n" + NONE),
        (b"/swapfile /mnt ext4 loop 0 0\n", None, b"/swapfile /mnt ext4 loop 0 0\n" + NONE),
        (b"/swapfile2 none swap sw 0 0\n", None, b"/swapfile2 none swap sw 0 0\n" + NONE),
        # The backslash continues nothing, and is no escape.
        (b"/x none swap sw\\\n/swapfile none\n", None, b"/x none swap sw\\\n/swapfile none\n" + NONE),
        # What is right stays as it is.
        (b"/swapfile\tswap  swap\tdefaults", None, b"/swapfile\tswap  swap\tdefaults"),
        (b" /swapfile none swap\n", None, b" /swapfile none swap\n"),
        (b"//swapfile none swap sw 0 0\n", None, b"//swapfile none swap sw 0 0\n"),
        (FIVE, 5, FIVE),
        (FIVE, fstab.KEEP, FIVE),
        (b"/swapfile none swap pri=x,sw,pri=07\n", fstab.KEEP, b"/swapfile none swap pri=x,sw,pri=07\n"),
        # What isn't, is changed in its option and nowhere else.
        (FIVE, None, NONE),
        (FIVE, 6, b"/swapfile none swap sw,pri=6 0 0\n"),
        (b"/swapfile none swap pri=5 0 0\n", None, b"/swapfile none swap defaults 0 0\n"),
        (b"/swapfile none\tswap\tdiscard,pri=1,nofail,pri=5\t0 0 # x\r\n", 5,
         b"/swapfile none\tswap\tdiscard,nofail,pri=5\t0 0 # x\r\n"),
        (b"/swapfile none swap sw,noauto 0 0\n", fstab.KEEP, NONE),
        (b"/swapfile none swap\n", 5, b"/swapfile none swap pri=5\n"),
        # Of two lines systemd takes one and complains of the other.
        (NONE + OTHERS + FIVE, fstab.KEEP, NONE + OTHERS),
        (NONE + OTHERS + FIVE[:-1], 5, FIVE + OTHERS),
    ],
)  # fmt: skip
def test_the_line_comes_or_changes(data: bytes, priority: Optional[int], wanted: bytes) -> None:
    assert with_swap(data, priority) == wanted
    assert with_swap(wanted, priority) == wanted


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", b""),
        (NONE, b""),
        (OTHERS + FIVE[:-1], OTHERS),
        (FIVE + OTHERS[:-1], OTHERS[:-1]),
        (NONE + b"\xff\n" + FIVE, b"\xff\n"),
        (b"#/swapfile none swap sw\n/swapfile /mnt ext4\n", b"#/swapfile none swap sw\n/swapfile /mnt ext4\n"),
    ],
)
def test_the_line_goes(data: bytes, wanted: bytes) -> None:
    assert fstab.without_swap(data, NAMES) == wanted


def test_a_path_that_needs_escapes_is_found_again() -> None:
    path = "/my swap\\file\tü\n"
    data = fstab.with_swap(b"", [path], path.encode(), 3)
    assert data == "/my\\040swap\\134file\\011ü\\012 none swap sw,pri=3 0 0\n".encode()
    assert fstab.with_swap(data, [path], path.encode(), 3) == data
    assert fstab.without_swap(data, [path]) == b""


def test_a_line_that_names_the_file_by_a_link_is_its_line() -> None:
    data = b"/var/swap none swap sw 0 0\n"
    assert fstab.with_swap(data, ["/var/swap", "/data/swap"], b"/data/swap", None) == data


@given(
    st.lists(st.sampled_from([NONE, FIVE, OTHERS, b"\n", b"#", b"\xff\x00", b"/swapfile", b" ", b"swap", b"\t", b"\r"]))
)
def test_any_file(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    added = with_swap(data, 7)
    assert with_swap(added, 7) == added
    assert [each.priorities for each in fstab.swap_entries(added, NAMES)] == [["7"]]
    gone = fstab.without_swap(added, NAMES)
    assert fstab.swap_entries(gone, NAMES) == []
    ours = {each.raw for each in fstab.swap_entries(data, NAMES)}
    others = [line for line in data.splitlines(keepends=True) if line not in ours]
    if b"\r" not in data:
        assert b"".join(others).rstrip(b"\n") == gone.rstrip(b"\n")
