# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.units import is_service, undeclared, unit_limits
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.workloads import own_swappiness


def process(pid: int, unit: str | None, container: str | None = None) -> dict[str, Any]:
    return {"pid": pid, "unit": unit, "container": container}


def declared(unit: str, soft: Any, hard: Any, by: str = "unit_declares") -> dict[str, Any]:
    nothing = {"unit_declares": None, "default_declares": None}
    return {"unit": unit, "item": "NOFILE", **nothing, by: {"soft": soft, "hard": hard, "file": "/x.conf", "line": 2}}


def limits(*declarations: dict[str, Any], **soft: Any) -> dict[str, Any]:
    """Live soft limits by pid: p1=1024."""
    return {
        "process_limits": [
            {"pids": [int(pid[1:])], "limits": {"NOFILE": {"soft": value, "hard": 524288}}}
            for pid, value in soft.items()
        ],
        "service_limits": list(declarations),
    }


def entry(unit: str, value: Any, half: str = "soft") -> dict[str, Any]:
    return {"unit": unit, "item": "NOFILE", "type": half, "value": value}


OURS, OTHERS = (f"/etc/systemd/system/a.service.d/90-{name}.conf" for name in ("fleet-memory", "vendor"))

A, B = process(1, "a.service"), process(2, "b.service")


@pytest.mark.parametrize(
    ("known", "processes", "least", "wanted"),
    [
        (limits(p1=1024), [A], 65535, [entry("a.service", 65535)]),
        (limits(p1=1024), [A], "unlimited", [entry("a.service", "unlimited")]),
        (limits(p1=65535), [A], 65535, []),
        (limits(p1="unlimited"), [A], "unlimited", []),
        # Each unit once, in the order of their names, and only those that have less.
        (limits(p1=1, p2=2), [B, A], 9, [entry("a.service", 9), entry("b.service", 9)]),
        (limits(p1=1, p2=2), [A, process(2, "a.service")], 9, [entry("a.service", 9)]),
        (limits(p1=1, p2=9), [A, B], 9, [entry("a.service", 9)]),
        # One that no unit gives its limits to, and that has less: the whole is left to people.
        (limits(p1=1, p2=2), [A, process(2, "session-3.scope")], 9, []),
        (limits(p1=1, p2=2), [A, process(2, None)], 9, []),
        (limits(p1=1, p2=2), [A, process(2, "user@1000.service")], 9, []),
        (limits(p1=1, p2=2), [A, process(2, "b.service", "4711")], 9, []),
        (limits(p1=1, p2=9), [A, process(2, None)], 9, [entry("a.service", 9)]),
        # One that has gone, or of which the limit isn't known, plays no part.
        (limits(p1=1), [A, process(2, None)], 9, [entry("a.service", 9)]),
        (limits(p1=1, p2=None), [A, process(2, None)], 9, [entry("a.service", 9)]),
        # What the unit, or systemd, says already comes with a restart.
        (limits(declared("a.service", 9, 9), p1=1), [A], 9, []),
        (limits(declared("a.service", 9, 9, "default_declares"), p1=1), [A], 9, []),
        (limits(declared("a.service", "unlimited", "unlimited"), p1=1), [A], "unlimited", []),
        (limits(declared("a.service", 8, 99), p1=1), [A], 9, [entry("a.service", 9)]),
        (limits(declared("b.service", 9, 9), p1=1), [A], 9, [entry("a.service", 9)]),
        (limits(declared("a.service", 9, 9), p1=1, p2=2), [A, B], 9, [entry("b.service", 9)]),
        (limits(), [], 9, []),
        (limits(p1=1), None, 9, None),
        (None, [A], 9, None),
        ({**limits(p1=1), "service_limits": None}, [A], 9, None),
    ],
)
def test_unit_limits(known: Any, processes: Any, least: Any, wanted: Any) -> None:
    assert unit_limits(known, processes, "NOFILE", least) == wanted


@pytest.mark.parametrize(
    ("half", "value", "left"),
    [("soft", 8, 0), ("soft", 9, 1), ("hard", 99, 0), ("hard", 100, 1), ("hard", "unlimited", 1)],
)
def test_undeclared_looks_at_the_half_that_is_asked_for(half: str, value: Any, left: int) -> None:
    known = limits(declared("a.service", 8, 99))
    assert undeclared(known, [entry("a.service", value, half)]) == [entry("a.service", value, half)] * left


@pytest.mark.parametrize(("soft", "file", "left"), [(9, OURS, 1), (10, OURS, 0), (8, OURS, 1), (9, OTHERS, 0)])
def test_what_the_role_itself_has_declared_waits_for_its_restart(soft: int, file: str, left: int) -> None:
    known = limits(declared("a.service", soft, 99))
    known["service_limits"][0]["unit_declares"]["file"] = file
    assert undeclared(known, [entry("a.service", 9)]) == [entry("a.service", 9)] * left


def test_undeclared_without_knowledge() -> None:
    assert undeclared(limits(), None) is None
    assert undeclared(None, []) is None
    assert undeclared(limits(declared("a.service", None, 9)), [entry("a.service", 1)]) == [entry("a.service", 1)]


def test_services() -> None:
    assert is_service("redis@1.service")
    for unit in (None, "", "init.scope", "session-3.scope", "user@1000.service", "system.slice", "a.socket"):
        assert not is_service(unit)


def test_own_swappiness() -> None:
    values = [("/", 9), ("/a", 60), ("/b", 1), ("/c", 60), ("/d", None)]
    cgroups: list[dict[str, Any]] = [{"path": path, "swappiness": value} for path, value in values]
    assert own_swappiness({"cgroups": [*cgroups, {"path": "/v2"}]}) == [1, 60]
    for nothing in (None, {}, {"cgroups": None}, {"cgroups": [{"path": "/"}, {"path": "/a"}]}):
        assert own_swappiness(nothing) == []
