# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.fleet.memory.plugins.module_utils._scan import limits as scan
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_table import ProcessTable, read_processes

from tests.support.hand_made import hand_made

ONE = "Max open files            1                    2                    files     \n"
TWO = ONE.replace("1 ", "3 ", 1)


def test_one_entry_for_each_distinct_set() -> None:
    unread: dict = {}
    table = ProcessTable(
        [(30, ONE.encode(), None), (4, TWO.encode(), None), (5, ONE.encode(), None), (6, None, None), (7, b"x", None)]
    )
    assert table.limit_sets(unread) == [
        {"pids": [4], "limits": {"NOFILE": {"soft": 3, "hard": 2}}},
        {"pids": [5, 30], "limits": {"NOFILE": {"soft": 1, "hard": 2}}},
    ]
    assert unread == {"/proc/7/limits": "malformed"}


def test_each_distinct_text_is_parsed_once(monkeypatch) -> None:
    from ansible_collections.fleet.memory.plugins.module_utils._scan import process_table

    parsed = []
    real = process_table.limits.parse
    monkeypatch.setattr(process_table.limits, "parse", lambda data: parsed.append(data) or real(data))
    ProcessTable([(pid, ONE.encode(), None) for pid in range(1, 10001)]).limit_sets({})
    assert len(parsed) == 1


def test_every_process_below_proc_and_nothing_else(tmp_path: Path) -> None:
    files = hand_made(
        tmp_path,
        {
            "/proc/1/limits": ONE,
            "/proc/1/cgroup": "0::/\n",
            "/proc/22/limits": ONE,
            "/proc/sys/limits": ONE,
            "/proc/\u0663/limits": ONE,
            "/proc/9x/limits": ONE,
        },
    )
    readings = Readings(files)
    assert read_processes(readings) == [(1, ONE.encode(), b"0::/\n"), (22, ONE.encode(), None)]
    # The second has no cgroup any more: it ended meanwhile.
    assert readings.unread == {}


def test_a_host_without_anything_gives_reasons_and_no_error(tmp_path: Path) -> None:
    result = scan.scan_limits(hand_made(tmp_path, {}))
    assert result["process_limits"] == result["cgroups"] == result["login_sessions"] == []
    assert result["unread"] == dict.fromkeys(
        [
            "/proc",
            "/etc/pam.d",
            "/etc/passwd",
            "/etc/group",
            "/proc/sys/fs/nr_open",
            "/proc/1/limits",
            "/proc/self/mountinfo",
        ],
        "unsupported",
    )


def test_this_very_host() -> None:
    from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files

    result = scan.scan_limits(Files())
    assert any(os.getpid() in entry["pids"] for entry in result["process_limits"])
