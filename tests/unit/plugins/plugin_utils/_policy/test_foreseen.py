# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.sysctl_conf_own import OWN_FILE
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.foreseen import OWN_SYSCTL_FILE, foreseen

NOFILE = {"soft": 1024, "hard": 4096}
STACK = {"soft": 8 << 20, "hard": "unlimited"}

HOST: dict[str, Any] = {
    "memory": {
        "sysctl": {"vm.swappiness": 60, "vm.max_map_count": 65530},
        "sysctl_sources": {"loader": "systemd-sysctl", "parameters": {"vm.swappiness": {"persistent": None}}},
        "transparent_hugepage": {"enabled": "always", "defrag": "madvise"},
    },
    "processes": {
        "processes": [{"pid": 1, "unit": "a.service"}, {"pid": 2, "unit": None}, {"pid": 3, "unit": "b.service"}]
    },
    "limits": {
        "cgroups": [
            {"path": "/", "swappiness": 60},
            {"path": "/a", "swappiness": 0},
            {"path": "/v2", "swappiness": None},
        ],
        "process_limits": [{"pids": [1, 2], "limits": {"NOFILE": NOFILE, "STACK": STACK}}],
    },
}


def after(**variables: Any) -> dict[str, Any]:
    before = copy.deepcopy(HOST)
    found = foreseen(HOST, {f"memory_{name}": value for name, value in variables.items()})
    assert before == HOST
    return found


def test_nothing_asked_for_changes_nothing() -> None:
    nothing: dict[str, Any] = {
        "swappiness_settings": {},
        "swappiness_cgroups": None,
        "limits": [],
        "swappiness_transparent_hugepage": None,
    }
    assert after() == after(**nothing) == HOST


def test_parameters_hold_now_and_after_a_boot() -> None:
    memory = after(swappiness_settings={"vm.swappiness": 10})["memory"]
    assert memory["sysctl"] == {"vm.swappiness": 10, "vm.max_map_count": 65530}
    source = memory["sysctl_sources"]["parameters"]["vm.swappiness"]
    assert (source["live"], source["next_boot"], source["persistent"]) == (10, 10, True)
    assert source["decided_by"]["file"] == OWN_SYSCTL_FILE == OWN_FILE
    assert memory["sysctl_sources"]["loader"] == "systemd-sysctl"


def test_settings_win_over_the_value_as_in_the_role() -> None:
    assert after(swappiness_value=5)["memory"]["sysctl"]["vm.swappiness"] == 5
    both = after(swappiness_value=5, swappiness_settings={"vm.swappiness": 7})
    assert both["memory"]["sysctl"]["vm.swappiness"] == 7


def test_huge_pages() -> None:
    memory = after(swappiness_transparent_hugepage="never")["memory"]
    assert memory == {**HOST["memory"], "transparent_hugepage": {"enabled": "never", "defrag": "madvise"}}


def test_cgroups_get_what_the_host_will_have() -> None:
    found = after(swappiness_cgroups=True, swappiness_settings={"vm.swappiness": 10})
    assert [each["swappiness"] for each in found["limits"]["cgroups"]] == [10, 10, None]
    assert [each["swappiness"] for each in after(swappiness_cgroups=True)["limits"]["cgroups"]] == [60, 60, None]


@pytest.mark.parametrize(
    ("half", "value", "wanted"),
    [
        ("soft", 2048, {"soft": 2048, "hard": 4096}),
        ("soft", 8192, {"soft": 8192, "hard": 8192}),
        ("soft", "unlimited", {"soft": "unlimited", "hard": "unlimited"}),
        ("hard", 512, {"soft": 512, "hard": 512}),
        ("hard", 9000, {"soft": 1024, "hard": 9000}),
        ("-", 100, {"soft": 100, "hard": 100}),
    ],
)
def test_limits_of_a_unit(half: str, value: Any, wanted: dict[str, Any]) -> None:
    asked = [{"unit": "a.service", "item": "NOFILE", "type": half, "value": value}, {"domain": "x", "item": "as"}]
    assert after(limits=asked)["limits"]["process_limits"] == [
        {"pids": [2], "limits": {"NOFILE": NOFILE, "STACK": STACK}},
        {"pids": [1], "limits": {"NOFILE": wanted, "STACK": STACK}},
    ]


def test_two_halves_of_one_limit() -> None:
    halves = [{"unit": "a.service", "item": "NOFILE", "type": half, "value": 9000} for half in ("hard", "soft")]
    assert after(limits=halves)["limits"]["process_limits"][1]["limits"]["NOFILE"] == {"soft": 9000, "hard": 9000}
