# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnoses a host: which troubles it has, and which mistakes would mislead on it.

The documentation is in plugins/modules/diagnose.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.ask import ask
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import bundle
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.diagnosis import diagnose, rules
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.text import text
from ansible_collections.fleet.memory.plugins.plugin_utils._report import files, screen
from ansible_collections.fleet.memory.plugins.plugin_utils._report.document import dumps
from ansible_collections.fleet.memory.plugins.plugin_utils._requirements import how_to_install, missing
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import NotASnapshot

MISSING = missing("jmespath", "jsonschema")

if not MISSING:
    # Ansible loads this file before it forks: what is prepared here is done once for all hosts.
    rules()
    bundle(True)

ARGUMENTS = {
    "seconds": {"type": "float", "default": 5.0},
    "report_dir": {"type": "path", "default": "reports"},
}

SHORTEST = 1.0
"""Seconds. In less time a process that has just been scheduled looks like one that grows."""


class ActionModule(ActionBase):
    """The action behind ``fleet.memory.diagnose``."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING:
            raise AnsibleActionFail(how_to_install("fleet.memory.diagnose", MISSING))
        _spec, arguments = self.validate_argument_spec(ARGUMENTS)
        seconds = arguments["seconds"]
        if not SHORTEST <= seconds < float("inf"):
            raise AnsibleActionFail(f"seconds: expected {SHORTEST:g} or more, not {seconds:g}")
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        folder = Path(os.path.abspath(arguments["report_dir"])) / "diagnose"
        try:
            path = files.of_host(folder, host, "json")
            # The first snapshot watches the paging until it is time for the second: one wait, and no look in between.
            before = ask(self, {"paging_ms": round(seconds * 1000)}, variables)
            after = ask(self, {"paging_ms": 0}, variables)
        except (files.BadName, NotASnapshot) as problem:
            raise AnsibleActionFail(str(problem)) from problem
        diagnosis = diagnose(host, before, after, variables, self._templar.template)
        try:
            files.private_folder(files.private_folder(folder.parent) / folder.name)
            files.write(path, [dumps(diagnosis), "\n"])
        except OSError as problem:
            raise AnsibleActionFail(f"The diagnosis can't be written below {folder}: {problem}") from None
        screen.show(self._display, lambda width, colour: text(diagnosis, width, colour), [str(path)])
        return {"changed": False, "rows": diagnosis["rows"], "seconds": diagnosis["seconds"], "path": str(path)}
