# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says what the gate says once more below Ansible's recap, which has a line for each of perhaps ten thousand hosts.

Ansible loads what lies in callback_plugins beside a playbook, without anybody having to enable it.
"""

from __future__ import annotations

from typing import Any

from ansible import constants as C
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Waits for a result of fleet.memory.report that has a gate, and says nothing where there is none."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleet_memory_gate"

    def __init__(self) -> None:
        super().__init__()
        self._gate: dict[str, Any] | None = None

    def v2_runner_on_ok(self, result: Any) -> None:
        if result.task.resolved_action == "fleet.memory.report":
            self._gate = result.result.get("gate")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._gate:
            colour = C.COLOR_OK if self._gate["passed"] else C.COLOR_ERROR
            self._display.display("\n".join(self._gate["lines"]), color=colour)
