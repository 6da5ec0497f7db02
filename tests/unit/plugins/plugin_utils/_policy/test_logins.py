# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.logins import services_below_login_limits


def snapshot(winners: list[dict[str, Any]], live: dict[str, Any], **process: Any) -> dict[str, Any]:
    return {
        "limits": {
            "pam": {"winners": [{"file": "/etc/security/limits.d/db.conf", "line": 4, **winner} for winner in winners]},
            "process_limits": [{"pids": [7], "limits": {"NOFILE": live, "MEMLOCK": {"soft": 65536, "hard": 65536}}}],
        },
        "processes": {
            "processes": [{"pid": 7, "user": "mysql", "unit": "mysql.service", "container": None, **process}]
        },
    }


LINE = {"domain": "mysql", "item": "nofile", "type": "soft", "value": 65536}
LIVE = {"soft": 1024, "hard": 524288}


def test_what_is_found() -> None:
    assert services_below_login_limits(snapshot([LINE], LIVE)) == [
        {
            "user": "mysql",
            "unit": "mysql.service",
            "limit": "NOFILE",
            "type": "soft",
            "login": 65536,
            "service": 1024,
            "file": "/etc/security/limits.d/db.conf",
            "line": 4,
        }
    ]


@pytest.mark.parametrize(
    ("line", "live", "process", "count"),
    [
        ({"item": "memlock", "value": "unlimited"}, LIVE, {}, 1),
        ({"type": "hard"}, LIVE, {}, 0),
        ({"type": "hard", "value": "unlimited"}, LIVE, {}, 1),
        ({}, {"soft": "unlimited", "hard": "unlimited"}, {}, 0),
        ({}, {"soft": 65536, "hard": 65536}, {}, 0),
        ({}, {"soft": None, "hard": None}, {}, 0),
        ({}, {}, {}, 0),
        ({"value": None}, LIVE, {}, 0),
        ({"domain": "*"}, LIVE, {}, 0),
        ({"domain": "@mysql"}, LIVE, {}, 0),
        ({"item": "rss"}, LIVE, {}, 0),
        ({"item": "core"}, LIVE, {}, 0),
        ({}, LIVE, {"unit": "session-3.scope"}, 0),
        ({}, LIVE, {"unit": "user@1000.service"}, 0),
        ({}, LIVE, {"unit": None}, 0),
        ({}, LIVE, {"container": "4f3c"}, 0),
        ({}, LIVE, {"user": "root"}, 0),
        ({}, LIVE, {"user": None}, 0),
        ({}, LIVE, {"pid": 8}, 0),
    ],
)
def test_what_counts(line: dict[str, Any], live: dict[str, Any], process: dict[str, Any], count: int) -> None:
    found = services_below_login_limits(snapshot([{**LINE, **line}], live, **process))
    assert found is not None and len(found) == count


def test_one_per_unit_and_limit() -> None:
    document = snapshot([LINE], LIVE)
    document["processes"]["processes"].append({**document["processes"]["processes"][0], "pid": 9})
    document["limits"]["process_limits"].append({"pids": [9], "limits": {"NOFILE": LIVE}})
    assert len(services_below_login_limits(document) or []) == 1


@pytest.mark.parametrize("missing", ["limits", "processes"])
def test_unknown(missing: str) -> None:
    assert services_below_login_limits({**snapshot([LINE], LIVE), missing: None}) is None
