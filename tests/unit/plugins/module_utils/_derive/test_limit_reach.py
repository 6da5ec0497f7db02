# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Dict

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.limit_reach import Manager, Service, reach

UNIT = {"LimitNOFILE": {"value": 2000, "hard": 4000, "raw": "2000:4000", "file": "/etc/u.conf", "line": 2}}
MANAGER = {"DefaultLimitNOFILE": {"value": 500, "hard": 600, "raw": "500:600", "file": "/etc/s.conf", "line": 3}}
LOGIN = {"NOFILE": {"soft": 70, "hard": 80, "source": "/etc/security/limits.conf:1"}}
HARD_ONLY = {"NOFILE": {"soft": None, "hard": 80, "source": "/etc/security/limits.conf:1"}}


def verdict(
    running: Any, unit: Any = None, manager: Any = None, login: Any = None, uses_pam: bool = False, most: Any = None
) -> Any:
    service = Service("a.service", 1, [{"NOFILE": running}], unit or {}, login or {}, uses_pam)
    entries = reach(service, Manager(manager or {}, most or {}, 1048576))
    return [entry["verdict"] for entry in entries]


@pytest.mark.parametrize(
    ("declared", "running", "expected"),
    [
        ({"unit": UNIT}, (2000, 4000), "in_force"),
        ({"unit": UNIT}, (1024, 524288), "needs_restart"),
        ({"unit": UNIT}, (4000, 4000), "set_at_runtime"),
        ({"unit": UNIT, "manager": MANAGER}, (500, 600), "needs_restart"),
        ({"unit": UNIT, "login": LOGIN}, (2000, 4000), "unit_overrides"),
        ({"unit": UNIT, "login": LOGIN}, (70, 80), "needs_restart"),
        # A container's systemd can't give more than it has; another may have been lifted above its own limit.
        ({"unit": UNIT, "most": {"NOFILE": 1500}}, (1500, 1500), "in_force"),
        ({"unit": UNIT, "most": {"NOFILE": 1500}}, (1500, 1501), "needs_restart"),
        ({"unit": UNIT}, (1500, 1500), "needs_restart"),
        ({"unit": UNIT, "most": {"NOFILE": 3000}}, (2000, 3000), "in_force"),
        ({"manager": MANAGER}, (1024, 524288), "needs_restart"),
        ({"manager": MANAGER, "login": LOGIN}, (500, 600), "never_reaches"),
        ({"login": LOGIN}, (1024, 524288), "never_reaches"),
        ({"login": HARD_ONLY}, (5, 81), "never_reaches"),
        ({"login": LOGIN, "uses_pam": True}, (70, 80), "in_force"),
        ({"login": LOGIN, "uses_pam": True, "unit": UNIT}, (70, 80), "in_force"),
        ({"login": LOGIN, "uses_pam": True, "unit": UNIT}, (2000, 4000), "needs_restart"),
        ({"login": LOGIN, "uses_pam": True}, (75, 80), "set_at_runtime"),
    ],
)
def test_verdict(declared: Dict[str, Any], running: Any, expected: str) -> None:
    assert verdict(running, **declared) == [expected]


def test_only_what_something_declares() -> None:
    assert verdict((1024, 524288)) == []
    assert verdict((500, 600), manager=MANAGER) == []
    assert verdict((70, 80), login=LOGIN) == []
    assert verdict((5, 80), login=HARD_ONLY) == []
    assert verdict((1024, 524288), {"LimitCORE": UNIT["LimitNOFILE"]}) == []


def test_the_whole_entry() -> None:
    running = [{"NOFILE": (2000, 4000)}, {"NOFILE": (1, 4000)}]
    entry = reach(Service("a.service", 7, running, UNIT, LOGIN, False), Manager(MANAGER, {}, None))[0]
    assert entry == {
        "unit": "a.service",
        "pids_count": 7,
        "item": "NOFILE",
        "running": {"soft": 2000, "hard": 4000, "mixed": True},
        "unit_declares": {"soft": 2000, "hard": 4000, "file": "/etc/u.conf", "line": 2},
        "default_declares": {"soft": 500, "hard": 600, "file": "/etc/s.conf", "line": 3},
        "login_limits": LOGIN["NOFILE"],
        "verdict": "unit_overrides",
        "why": "it runs with 2000:4000, as the unit says; limits.conf says 70:80, for login sessions only",
    }


def test_infinity_is_what_the_kernel_allows() -> None:
    infinite = {"file": "/f", "line": 1, "value": "infinity", "hard": "infinity"}
    unit = {"LimitNOFILE": infinite, "LimitAS": infinite}
    running = [{"NOFILE": (1048576, 1048576), "AS": ("unlimited", "unlimited")}]
    entries = reach(Service("a.service", 1, running, unit, {}, False), Manager({}, {}, 1048576))
    assert [(entry["item"], entry["verdict"]) for entry in entries] == [("AS", "in_force"), ("NOFILE", "in_force")]
