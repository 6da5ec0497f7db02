# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.pam import Flavour, flavour, scan_pam

from tests.support.hand_made import hand_made

FILES = {
    "/etc/security/limits.conf": "* soft nofile 1\noops\n",
    "/etc/security/limits.d/b.conf": "* soft nofile 3\n",
    "/etc/security/limits.d/B.conf": "* soft nofile 2\n",
    "/etc/security/limits.d/10.conf~": "* soft nofile 9\n",
    "/etc/security/limits.d/.hidden.conf": "* soft nofile 9\n",
    "/usr/etc/security/limits.conf": "* soft nofile 9\n",
    "/usr/etc/security/limits.d/b.conf": "* soft nofile 9\n",
    "/usr/etc/security/limits.d/a.conf": "ftp -\n",
    "/etc/pam.d/sshd": "@include common-auth\nsession include system-auth\n",
    "/etc/pam.d/common-auth": "auth required pam_unix.so\n",
    "/etc/pam.d/system-auth": "session required pam_unix.so\nsession required pam_limits.so conf=/etc/x set_all\n",
    "/etc/pam.d/su": "session required pam_limits.so\n",
    "/etc/pam.d/su-l": "session include su\n",
    "/etc/pam.d/passwd": "password required pam_unix.so\n",
    "/usr/lib/pam.d/cron": "session required pam_loginuid.so\n",
    "/usr/lib/pam.d/sshd": "session required pam_limits.so\n",
}


def scan(root: Path, files: Dict[str, str]) -> Any:
    readings = Readings(hand_made(root, files))
    return scan_pam(readings)[0], readings.unread


def test_files_in_pams_order_and_a_vendors_masked(tmp_path: Path) -> None:
    pam, unread = scan(tmp_path, FILES)
    assert pam["files"] == [
        "/etc/security/limits.conf",
        "/etc/security/limits.d/B.conf",
        "/usr/etc/security/limits.d/a.conf",
        "/etc/security/limits.d/b.conf",
    ]
    assert [(entry["file"][-6:], entry["line"], entry["value"]) for entry in pam["entries"]] == [
        ("s.conf", 1, 1),
        ("B.conf", 1, 2),
        ("a.conf", 1, None),
        ("b.conf", 1, 3),
    ]
    assert pam["rejected"] == [
        {"file": "/etc/security/limits.conf", "line": 2, "reason": "expected: domain type item value"}
    ]
    (winner,) = pam["winners"]
    assert winner["value"] == 3
    assert winner["shadowed"] == ["/etc/security/limits.conf:1", "/etc/security/limits.d/B.conf:1"]
    assert unread == {}


def test_services_that_open_sessions(tmp_path: Path) -> None:
    services = scan(tmp_path, FILES)[0]["services"]
    assert [(s["service"], s["file"], s["via"], s["conf"], s["set_all"]) for s in services] == [
        ("cron", "/usr/lib/pam.d/cron", None, None, False),
        ("sshd", "/etc/pam.d/sshd", "/etc/pam.d/system-auth:2", "/etc/x", True),
        ("su", "/etc/pam.d/su", "/etc/pam.d/su:1", None, False),
        ("su-l", "/etc/pam.d/su-l", "/etc/pam.d/su:1", None, False),
    ]
    assert [s["applies"] for s in services] == [False, True, True, True]


def test_a_host_without_pam(tmp_path: Path) -> None:
    pam, unread = scan(tmp_path, {"/etc/passwd": ""})
    assert (pam["files"], pam["entries"], pam["winners"], pam["services"]) == ([], [], [], None)
    assert unread == {"/etc/pam.d": "unsupported"}


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    hand_made(tmp_path, FILES)
    (tmp_path / "etc/security/limits.d/b.conf").unlink()
    (tmp_path / "etc/security/limits.d/b.conf").mkdir()
    pam, unread = scan(tmp_path, {"/etc/pam.d/login": "session include gone\n"})
    assert len(pam["entries"]) == 3
    assert unread == {"/etc/security/limits.d/b.conf": "unsupported"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"/etc/os-release": "ID=debian", "/var/lib/dpkg/status": "Package: libpam-modules\nVersion: 1.5.2-6"},
            (True, True),
        ),
        (
            {"/etc/os-release": "ID=debian", "/var/lib/dpkg/status": "Package: libpam-modules\nVersion: 1.7.0-5"},
            (True, False),
        ),
        ({"/usr/lib/os-release": "ID=ubuntu\nID_LIKE=debian"}, (True, False)),
        ({"/etc/os-release": "ID=fedora", "/usr/lib/os-release": "ID=debian"}, (False, False)),
        ({"/etc/passwd": ""}, (False, False)),
    ],
)
def test_what_debian_changed(tmp_path: Path, files: Dict[str, str], expected: object) -> None:
    assert flavour(Readings(hand_made(tmp_path, files))) == Flavour(*expected)  # type: ignore[misc]
