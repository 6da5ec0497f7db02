# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshot module: sends the scanner along in one piece. The documentation is in plugins/modules/snapshot.py."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.run import run_snapshot


class ActionModule(ActionBase):
    """One snapshot of one host."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        in_background = bool(self._task.async_val) and not self._connection.has_native_async
        return run_snapshot(self, self._task.args, task_vars or {}, wrap_async=in_background)
