# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds a lesson on a host and shows it, and collects the lessons of a course for the host's page.

The documentation is in plugins/modules/lab.py. What the module returns is shown as a person would read it.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.interpreter import with_interpreter
from ansible_collections.fleet.memory.plugins.plugin_utils._report import lab_text, screen

LESSONS = "memory_lab_lessons"
"""The fact in which the lessons of a host are collected for its page."""


class ActionModule(ActionBase):
    """The action behind ``fleet.memory.lab``."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        result: dict[str, Any] = self._execute_module(
            module_name="fleet.memory.lab", task_vars=with_interpreter(self, variables)
        )
        if result.get("failed") or result.get("unreachable"):
            return result
        if "teaches" in result:
            at = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
            lesson = {key: value for key, value in {**result, "held_at": at}.items() if key in lab_text.KEYS}
            screen.show(self._display, lambda width, colour: lab_text.lesson(host, lesson, width, colour))
            # Not from the top level: there are facts only as long as Ansible is told to lay them there.
            before = (variables.get("ansible_facts") or {}).get(LESSONS) or []
            return {**result, "ansible_facts": {LESSONS: [*before, lesson]}}
        if result.get("allowance_bytes") is not None:
            # A course begins. With a cache of facts, those of an earlier run would still be there.
            return {**result, "ansible_facts": {LESSONS: []}}
        if "exercise" in result:
            screen.show(self._display, lambda _width, _colour: lab_text.exercise(host, result["exercise"]))
        return result
