# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._remedy.compare import Comparison, compare


def snapshot(kills: Any = 3, some: Any = 1.0, full: Any = 0.5, boot: Any = "b1") -> dict[str, Any]:
    pressure = {"some": {"avg10": some}, "full": {"avg10": full}}
    return {"memory": {"boot_id": boot, "vmstat": {"oom_kill": kills}, "pressure": pressure}}


def verdicts(**rules: str) -> dict[str, dict[str, Any]]:
    """Rule -> verdict, or verdict and severity with a slash."""
    return {
        name: {"verdict": text.partition("/")[0], "severity": text.partition("/")[2] or "medium", "message": "m"}
        for name, text in rules.items()
    }


KILLS = "whether the out-of-memory killer was at work"
SOME, FULL = "memory pressure (some)", "memory pressure (full)"
QUIET = snapshot()
FAILED = verdicts(a="fail", b="fail")


def compared(before: Any = None, after: Any = None, was: Any = None, **now: str) -> Comparison:
    snapshots = [QUIET if each is None else each for each in (before, after)]
    return compare(*snapshots, FAILED if was is None else was, verdicts(**now), {"a"}, {"w"}, 10)


def test_a_finding_that_is_gone_is_no_worse() -> None:
    for verdict in "pass", "not_applicable", "waived":
        found = compared(a=verdict, b="fail")
        assert (found.gone, found.still, found.new, found.worse, found.unknown) == (["a"], [], [], [], [])


@pytest.mark.parametrize("verdict", ["fail", "unknown", "error"])
def test_a_finding_that_stays_is_worse(verdict: str) -> None:
    found = compared(a=verdict)
    assert (found.gone, found.still) == ([], ["a"])
    assert len(found.worse) == 1 and found.worse[0].startswith("a is ")


def test_a_rule_that_was_not_judged_again_is_not_gone() -> None:
    assert compared(b="fail").still == ["a"]


def test_a_rule_that_waits_for_a_restart() -> None:
    found = compare(snapshot(), snapshot(), {}, verdicts(w="fail/high", x="pass"), {"w", "x"}, {"w"}, 10)
    assert (found.gone, found.waiting, found.still) == (["x"], ["w"], [])


@pytest.mark.parametrize(("severity", "worse"), [("info", 0), ("medium", 0), ("high", 1), ("critical", 1)])
def test_only_a_grave_new_finding_is_worse(severity: str, worse: int) -> None:
    found = compared(a="pass", n=f"fail/{severity}")
    assert found.new == ["n"] and len(found.worse) == worse


def test_what_failed_before_is_not_new() -> None:
    was = verdicts(a="fail", b="fail/critical", c="waived/critical", d="unknown/critical")
    found = compared(was=was, a="pass", b="fail/critical", c="fail/critical", d="fail/critical")
    assert found.new == ["d"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (snapshot(kills=3), snapshot(kills=4), "3 kills since boot before, 4 now"),
        (snapshot(boot="b1"), snapshot(boot="b2", kills=0), "booted again"),
        (snapshot(some=1.0), snapshot(some=11.5), "some avg10 was 1.0 %, and is 11.5 %"),
        (snapshot(full=0.0), snapshot(full=10.25), "full avg10 was 0.0 %, and is 10.25 %"),
    ],
)
def test_a_host_that_got_worse(before: Any, after: Any, words: str) -> None:
    (text,) = compared(before, after, a="pass").worse
    assert words in text


def test_in_a_container_the_kills_of_the_whole_machine_say_nothing_of_it() -> None:
    before, after = snapshot(kills=3), snapshot(kills=4)
    for each in before, after:
        each["memory"]["container"] = "podman"
    found = compared(before, after, a="pass")
    assert (found.worse, found.unknown) == ([], [f"{KILLS} in this container"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (snapshot(kills=9), snapshot(kills=9)),
        (snapshot(some=1.0), snapshot(some=11.0)),
        (snapshot(some=90.0, full=80.0), snapshot(some=0.0, full=0.0)),
    ],
)
def test_a_host_that_did_not(before: Any, after: Any) -> None:
    assert compared(before, after, a="pass").worse == []


@pytest.mark.parametrize(
    ("after", "unknown"),
    [
        (snapshot(kills=None), [KILLS]),
        (snapshot(some=None), [SOME]),
        (snapshot(full="x"), [FULL]),
        ({}, [KILLS, SOME, FULL]),
        ({"memory": [1]}, [KILLS, SOME, FULL]),
    ],
)
def test_what_cannot_be_compared_is_unknown_and_not_worse(after: Any, unknown: list[str]) -> None:
    found = compared(after=after, a="pass")
    assert (found.unknown, found.worse) == (unknown, [])
