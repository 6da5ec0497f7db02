# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module fleet.memory.snapshot on a host, with the code that it needs there."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from .bundle import bundle


def run_snapshot(
    action: ActionBase, arguments: dict[str, Any], task_vars: dict[str, Any], wrap_async: bool = False
) -> dict[str, Any]:
    """What the module returns. A host whose Python was built without bz2 is asked again, in a way it understands."""
    for with_bz2 in (True, False):
        result: dict[str, Any] = action._execute_module(
            module_name="fleet.memory.snapshot",
            module_args={**arguments, "bundle": bundle(with_bz2)},
            task_vars=task_vars,
            wrap_async=wrap_async,
        )
        if not result.pop("without_bz2", False):
            break
    return result
