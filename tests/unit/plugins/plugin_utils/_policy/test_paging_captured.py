# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The baseline's rule on paging on a captured host of which the counters move while it is scanned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import paging
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import load

from tests.support.changed_host import ChangedHost
from tests.support.host_steps import NO_PRESSURE, Step, container, counter, major_faults, stalled

(RULE,) = (rule for rule in load.load(["baseline"], []) if rule["id"] == "paging-pressure")

SECONDS = 10


class Clock:
    """Stands in for ``time``: whoever sleeps finds the host changed afterwards."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.now = 1000.0
        self.meanwhile = meanwhile

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()


def faults(per_second: float) -> Step:
    return counter("pgmajfault", 527 + int(per_second * SECONDS))


def waiting(percent: float) -> Step:
    return stalled(int(percent * SECONDS * 10_000))


@pytest.mark.parametrize(
    ("verdict", "before", "meanwhile"),
    [
        ("pass", [], [faults(1000), waiting(0.99)]),  # programs are mapped and read for the first time
        ("fail", [], [faults(1000), waiting(1)]),
        ("pass", [], [faults(0.9), waiting(9.99)]),
        ("fail", [], [faults(0.9), waiting(10)]),  # a slow disk
        ("pass", [NO_PRESSURE], [faults(999.9)]),
        ("fail", [NO_PRESSURE], [faults(1000)]),
        # In a container the counters are the machine's: somebody in here has to be faulting.
        ("pass", [container], [faults(1000), waiting(34), major_faults(9)]),
        ("fail", [container], [faults(1000), waiting(34), major_faults(10)]),
    ],
)
def test_verdict(
    verdict: str, before: list[Step], meanwhile: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = ChangedHost("linux-6.12-debian-13", tmp_path)
    for step in before:
        step(host)
    host.watched_seconds = SECONDS

    def time_passes() -> None:
        for step in meanwhile:
            step(host)

    monkeypatch.setattr(paging, "time", Clock(time_passes))
    finding = host.finding(RULE)
    assert finding["verdict"] == verdict, finding
