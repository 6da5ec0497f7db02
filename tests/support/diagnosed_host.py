# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A captured host that is diagnosed: its files change while its paging is watched, and then it is scanned again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import paging
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.diagnosis import diagnose

from tests.support.changed_host import ChangedHost
from tests.support.host_steps import Step, write

SECONDS = 10

UPTIME = 666.0
"""About that of the captures."""


class _Clock:
    """Stands in for ``time``: whoever sleeps finds the host changed afterwards."""

    def __init__(self, host: ChangedHost, meanwhile: Iterable[Step]) -> None:
        self.now, self.host, self.meanwhile = 1000.0, host, meanwhile

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for step in self.meanwhile:
            step(self.host)


def uptime(seconds: float) -> Step:
    return write("/proc/uptime", f"{seconds:.2f} {seconds:.2f}")


def diagnosed(
    tree: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: Iterable[Step] = (),
    meanwhile: Iterable[Step] = (),
    **variables: Any,
) -> dict[str, Any]:
    """What ``diagnose`` says of the capture ``tree``; ``before`` and ``meanwhile`` are what happens to it."""
    host = ChangedHost(tree, tmp_path)
    for step in (uptime(UPTIME), *before):
        step(host)
    monkeypatch.setattr(paging, "time", _Clock(host, (uptime(UPTIME + SECONDS), *meanwhile)))
    host.watched_seconds = SECONDS
    first = host.snapshot()
    host.watched_seconds = 0
    given = {f"memory_policy_diagnose_{name}": value for name, value in variables.items()}
    return diagnose("h", first, host.snapshot(), given, lambda value: value)
