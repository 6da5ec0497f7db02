# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Tuple

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.cgroups import group_processes
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits

from tests.support.hand_made import hand_made

UNITS = "/etc/systemd/system/"
FILES = {
    "/run/systemd/system/x": "",
    "/etc/os-release": "ID=debian\n",
    "/etc/passwd": "root:x:0:0::/:/bin/sh\ndb:x:70:70::/:/bin/sh\nweb:x:33:33::/:/bin/sh\nu:x:1000:1000::/:/bin/sh\n",
    "/etc/group": "db:x:70:\nweb:x:33:\nu:x:1000:\n",
    "/etc/security/limits.conf": "* - memlock 64\ndb - nofile 70000\n@web hard nofile 9\nu soft nofile 1000\n",
    "/etc/pam.d/systemd-user": "session required pam_limits.so\n",
    "/etc/pam.d/other-one": "session required pam_unix.so\n",
    "/proc/sys/fs/nr_open": "1048576\n",
    UNITS + "db@.service": "[Service]\nUser=db\n",
    UNITS + "db@a.service.d/x.conf": "[Service]\nLimitNOFILE=5000\n",
    UNITS + "web.service": "[Service]\nUser=33\nPAMName=other-one\nUser=\nUser=web\n",
    UNITS + "user@.service": "[Service]\nUser=%i\nPAMName=systemd-user\n",
    UNITS + "root.service": "[Service]\nExecStart=/bin/x\n",
    UNITS + "nobody.service": "[Service]\nUser=who-is-that\n",
    UNITS + "ran.slice": "[Slice]\n",
}


def limits(nofile: str, memlock: str = "65536 65536") -> bytes:
    line = "Max %-25s %-20s %-20s units\n"
    return (line % ("open files", *nofile.split()) + line % ("locked memory", *memlock.split())).encode()


PROCESSES = [
    (1, limits("1048576 1048576"), b"0::/init.scope\n"),
    (10, limits("5000 5000"), b"0::/system.slice/system-db.slice/db@a.service\n"),
    (11, limits("1024 524288"), b"0::/system.slice/system-db.slice/db@b.service\n"),
    (12, limits("1024 524288", "1 1"), b"0::/system.slice/web.service\n"),
    (13, limits("4 524288", "1 1"), b"0::/system.slice/web.service\n"),
    (14, limits("1000 524288"), b"0::/user.slice/user-1000.slice/user@1000.service/init.scope\n"),
    (15, limits("1024 524288", "1 1"), b"0::/system.slice/root.service\n"),
    (16, limits("1024 524288"), b"0::/system.slice/nobody.service\n"),
    (17, None, b"0::/system.slice/hidden.service\n"),
]  # fmt: skip


@pytest.fixture
def result(tmp_path: Path) -> Dict[str, Any]:
    host = hand_made(tmp_path, FILES)
    return scan_limits(host, group_processes(host, PROCESSES), [])


def test_verdicts(result: Dict[str, Any]) -> None:
    verdicts: Dict[Tuple[str, str], str] = {
        (entry["unit"], entry["item"]): entry["verdict"] for entry in result["service_limits"]
    }
    assert verdicts == {
        ("db@a.service", "NOFILE"): "unit_overrides",
        ("db@b.service", "NOFILE"): "never_reaches",
        # Its PAM service applies no limits.
        ("web.service", "NOFILE"): "never_reaches",
        ("web.service", "MEMLOCK"): "never_reaches",
        ("user@1000.service", "NOFILE"): "in_force",
        ("user@1000.service", "MEMLOCK"): "in_force",
        # On Debian the line for everybody passes over root.
    }


def test_several_processes(result: Dict[str, Any]) -> None:
    of_web = [entry for entry in result["service_limits"] if entry["unit"] == "web.service"]
    web = next(entry for entry in of_web if entry["item"] == "NOFILE")
    assert web["pids_count"] == 2
    assert web["running"] == {"soft": 1024, "hard": 524288, "mixed": True}
    assert web["login_limits"] == {
        "soft": None, "hard": 9, "source": "soft: unknown; hard: /etc/security/limits.conf:3",
    }  # fmt: skip


def test_documented(result: Dict[str, Any]) -> None:
    pytest.importorskip("yaml")
    from tests.support.return_doc import assert_documented

    assert_documented(result, "memory_limits_info")


def test_without_systemd(tmp_path: Path) -> None:
    host = hand_made(tmp_path, {path: text for path, text in FILES.items() if not path.startswith("/run")})
    assert scan_limits(host, group_processes(host, PROCESSES), [])["service_limits"] == []
