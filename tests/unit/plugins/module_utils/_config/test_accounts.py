# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config import (
    dpkg_status,
    group,
    login_defs,
    os_release,
    passwd,
)
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed

PASSWD = b"""root:x:0:0:root:/root:/bin/bash
bad line
sync:x:4:65534:sync:/bin:/bin/sync
www:x:33:34::/var/www:/usr/sbin/nologin
+nis::::::
alice:x:1000:1001:A,,,:/home/alice:
huge:x:99999999999:1::/:/bin/sh
caf\xff:x:1002:1002::/:/bin/false
"""


def test_users() -> None:
    assert passwd.parse(PASSWD) == [
        ("root", 0, 0, "/bin/bash"),
        ("sync", 4, 65534, "/bin/sync"),
        ("www", 33, 34, "/usr/sbin/nologin"),
        ("alice", 1000, 1001, ""),
        ("caf\\xff", 1002, 1002, "/bin/false"),
    ]
    assert [user.name for user in passwd.parse(PASSWD) if user.logs_in] == ["root", "alice"]


def test_groups() -> None:
    assert group.parse(b"root:x:0:\nsudo:x:27:alice, bob\nbroken\n+:::\n") == [
        ("root", 0, ()),
        ("sudo", 27, ("alice", "bob")),
    ]


@pytest.mark.parametrize("parse", [passwd.parse, group.parse])
@pytest.mark.parametrize("data", [b"", b"\n", b"+::::::\n", b"x"])
def test_a_file_without_an_entry_is_malformed(parse, data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"UID_MIN 500\nUID_MAX 70000\n", (500, 70000)),
        (b"#UID_MIN 500\nSYS_UID_MIN 7\n UID_MAX\t9 # nine\n", (1000, 9)),
        (b"", (1000, 60000)),
        (b"UID_MIN many\n", (1000, 60000)),
    ],
)
def test_login_defs(data: bytes, expected: object) -> None:
    assert login_defs.parse(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'NAME="Debian GNU/Linux"\nID=debian\n', ("debian",)),
        (b'ID=ubuntu\nID_LIKE="debian"\n', ("ubuntu", "debian")),
        (b"ID='rocky'\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9\n", ("rocky", "rhel", "centos", "fedora")),
        (b"", ()),
    ],
)
def test_os_release(data: bytes, expected: object) -> None:
    assert os_release.parse(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"Package: libpam-modules\nStatus: x\nVersion: 1.5.2-6+deb12u1\n\nPackage: z\nVersion: 9.9\n", (1, 5)),
        (b"Package: a\nVersion: 3.3\n\nPackage: libpam-modules\nVersion: 2:1.7.0-5\n", (1, 7)),
        (b"Package: libpam-modules-bin\nVersion: 1.5.2\n", None),
        (b"Package: libpam-modules\nStatus: x\n\nPackage: z\nVersion: 9.9\n", None),
        (b"", None),
    ],
)
def test_dpkg_status(data: bytes, expected: object) -> None:
    assert dpkg_status.version_of(b"libpam-modules", data) == expected
