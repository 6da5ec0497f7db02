# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.selection import Selection

PROCESS = {
    "pid": 7,
    "user": "alice",
    "uid": 1000,
    "command": "postgres",
    "cgroup": "/system.slice/pg.service",
    "rss_bytes": 5000,
}


@pytest.mark.parametrize(
    ("selection", "selected"),
    [
        (Selection(), True),
        (Selection(pids=frozenset({7, 8})), True),
        (Selection(pids=frozenset({8})), False),
        (Selection(users=frozenset({"alice"})), True),
        (Selection(users=frozenset({"1000"})), True),
        (Selection(users=frozenset({"bob"})), False),
        (Selection(command=re.compile("gres")), True),
        (Selection(command=re.compile("^gres")), False),
        (Selection(cgroup="/system.slice"), True),
        (Selection(cgroup="/system.slice/pg.service/"), True),
        (Selection(cgroup="/system.slice/pg"), False),
        (Selection(cgroup="/"), True),
        (Selection(min_rss_bytes=5000), True),
        (Selection(min_rss_bytes=5001), False),
        (Selection(pids=frozenset({7}), users=frozenset({"bob"})), False),
    ],
)
def test_each_condition_counts(selection: Selection, selected: bool) -> None:
    assert selection.selects(PROCESS) is selected


def test_a_process_of_unknown_cgroup_or_size_is_in_none() -> None:
    unknown = {**PROCESS, "cgroup": None, "rss_bytes": None}
    assert not Selection(cgroup="/").selects(unknown)
    assert not Selection(min_rss_bytes=1).selects(unknown)
