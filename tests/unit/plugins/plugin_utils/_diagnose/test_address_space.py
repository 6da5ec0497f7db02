# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.address_space import address_space


def snapshot(*limits: Any) -> dict[str, Any]:
    """Three processes, a zombie, and ``limits`` as pids and the soft limit."""
    listed = [{"pid": pid, "command": f"p{pid}", "vsz_bytes": pid * 100, "rss_bytes": pid} for pid in (1, 2, 3)]
    groups = [{"pids": pids, "limits": {"AS": {"soft": soft, "hard": "unlimited"}}} for pids, soft in limits]
    return {
        "processes": {"processes": [*listed, {"pid": 9, "command": "z", "state": "Z"}]},
        "limits": {"process_limits": groups},
    }


def test_who_is_limited_and_who_is_not() -> None:
    found = address_space(snapshot(([1], "unlimited"), ([2, 3], 5000)))
    assert [each["pid"] for each in found["limited"]] == [3, 2]
    assert found["limited"][0] == {
        "command": "p3",
        "pid": 3,
        "limit_bytes": 5000,
        "vsz_bytes": 300,
        "rss_bytes": 3,
    }
    assert (found["unlimited"], found["unknown"]) == (1, 0)


@pytest.mark.parametrize("forged", [None, -1, "", "much", True, 2.5, [], {}, 2**64])
def test_a_limit_that_is_none_is_unknown(forged: Any) -> None:
    found = address_space(snapshot(([1, 2], "unlimited"), ([3], forged)))
    assert (found["limited"], found["unlimited"], found["unknown"]) == ([], 2, 1)


@pytest.mark.parametrize("group", [None, 7, {}, {"pids": 3}, {"pids": [[], None], "limits": 1}])
def test_forged_limits_are_left_out(group: Any) -> None:
    forged = snapshot(([1, 2], "unlimited"))
    forged["limits"]["process_limits"].append(group)
    assert address_space(forged)["unknown"] == 1


@pytest.mark.parametrize("broken", [{}, {**snapshot(), "limits": None}, {**snapshot(), "processes": {}}])
def test_without_limits_or_processes_nothing_is_known(broken: dict[str, Any]) -> None:
    found = address_space(broken)
    assert (found["limited"], found["unlimited"], found["unknown"]) == (None, None, None)
    assert "no limits" in found["unread"]["process_limits"]
