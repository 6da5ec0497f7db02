# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.limits_conf import Entry, Range, id_range, parse

MIB = 1024 * 1024


def entries(text: str) -> list:
    parsed, rejected = parse(text.encode("utf-8", "surrogateescape"))
    assert rejected == []
    return parsed


def reasons(text: str) -> list:
    parsed, rejected = parse(text.encode())
    assert parsed == []
    return [reason for _line, reason in rejected]


def test_lines_comments_and_case() -> None:
    text = (
        "# all\n\n  Alice\tSOFT   NoFile 10 # ten\n@devs - AS UNLIMITED\r\nftp -\n*  hard core 0\0junk\n  \n#* - cpu 1"
    )
    assert entries(text) == [
        Entry(3, "Alice", "soft", "nofile", 10),
        Entry(4, "@devs", "-", "as", "unlimited"),
        Entry(5, "ftp", "-", None, None),
        Entry(6, "*", "hard", "core", 0),
    ]


@pytest.mark.parametrize(
    ("item", "raw", "value"),
    [
        ("as", "1024", MIB),
        ("memlock", "3", 3072),
        ("stack", "0", 0),
        ("rss", "5", 5120),
        ("data", "6", 6144),
        ("fsize", "7", 7168),
        ("core", "8", 8192),
        ("cpu", "2", 2),
        ("nofile", "9", 9),
        ("nproc", "11", 11),
        ("sigpending", "12", 12),
        ("msgqueue", "13", 13),
        ("locks", "14", 14),
        ("rtprio", "15", 15),
        ("as", "-1", "unlimited"),
        ("as", "infinity", "unlimited"),
        ("cpu", "unlimited", "unlimited"),
        ("nofile", "-", "unlimited"),
        ("maxlogins", "-1", "unlimited"),
        ("maxlogins", "4", 4),
        ("nice", "-1", -1),
        ("nice", "-50", -20),
        ("nice", "50", 19),
        ("priority", "-1", -1),
        ("nonewprivs", "1", 1),
        ("chroot", "/srv", "/srv"),
        # What strtoull makes of it: digits up to the first other character, a sign wraps around, too much saturates.
        ("nofile", "12x", 12),
        ("nofile", "+7", 7),
        ("nofile", "-5", 2**64 - 5),
        ("as", "-5", "unlimited"),
        ("as", str(2**64), "unlimited"),
        ("as", str(2**54 - 2), (2**54 - 2) * 1024),
        ("as", str(2**54), "unlimited"),
        ("cpu", str(2**60), "unlimited"),
        ("nofile", "9" * 5000, "unlimited"),
    ],
)
def test_values(item: str, raw: str, value: object) -> None:
    assert entries("* - %s %s" % (item, raw))[0].value == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("alice", "expected: domain type item value"),
        ("alice soft nofile", "expected: domain type item value"),
        ("alice soft", "expected: domain type item value"),
        ("* soft nofiles 1", "unknown item 'nofiles'"),
        ("* weich nofile 1", "unknown type 'weich'"),
        ("* soft nofile many", "'many' isn't a value for nofile"),
        ("* soft nice unlimited", "'unlimited' isn't a value for nice"),
        ("* - nonewprivs 2", "nonewprivs is 0 or 1, not '2'"),
        ("%devs - nofile 1", "a domain with % is for maxlogins only"),
        ("%5:9 - maxlogins 1", "a domain with % takes one id, not a range"),
        ("a:9 - nofile 1", "invalid range of ids in 'a:9'"),
        (": - nofile 1", "invalid range of ids in ':'"),
        ("@1:x -", "invalid range of ids in '@1:x'"),
    ],
)
def test_lines_that_pam_skips_are_told_and_fail_nothing(text: str, reason: str) -> None:
    assert reasons(text) == [reason]


def test_what_pam_takes_although_it_looks_wrong() -> None:
    assert entries(
        "* whatever maxlogins 3\nbob - nproc 5 and more words\nftp -x\n% - maxlogins 2\n%:7 - maxlogins 1"
    ) == [
        Entry(1, "*", "whatever", "maxlogins", 3),
        Entry(2, "bob", "-", "nproc", 5),
        Entry(3, "ftp", "-", None, None),
        Entry(4, "%", "-", "maxlogins", 2),
        Entry(5, "%:7", "-", "maxlogins", 1),
    ]


def test_a_bad_line_leaves_its_neighbours_alone() -> None:
    parsed, rejected = parse(b"* soft nofile 1\noops\n* hard nofile 2\n")
    assert [entry.line for entry in parsed] == [1, 3]
    assert rejected == [(2, "expected: domain type item value")]


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("alice", None),
        ("@devs", None),
        ("1000:", Range(1000, None, False)),
        (":1000", Range(1000, 1000, True)),
        ("500:600", Range(500, 600, False)),
        ("@500:600", Range(500, 600, False)),
        ("@:27", Range(27, 27, True)),
    ],
)
def test_ranges(domain: str, expected: object) -> None:
    assert id_range(domain) == expected


def test_bytes_that_are_no_text() -> None:
    assert parse(b"caf\xff - nofile 1\n")[0][0].domain == "caf\\xff"
