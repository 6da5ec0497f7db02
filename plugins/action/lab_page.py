# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the page of a host from the lessons that were held on it. Everything happens on the controller.

The documentation is in plugins/modules/lab_page.py.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._report import files, lab_page, screen

ARGUMENTS = {
    "lessons": {"type": "list", "elements": "dict", "required": True},
    "report_dir": {"type": "path", "default": "reports"},
}


class ActionModule(ActionBase):
    """The action behind ``fleet.memory.lab_page``."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(ARGUMENTS)
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "skip_reason": "nothing was held: a page would have no figures"}
        host = str((task_vars or {})["inventory_hostname"])
        folder = Path(os.path.abspath(arguments["report_dir"])) / "lab"
        try:
            paths = lab_page.write(host, arguments["lessons"], folder)
        except (files.BadName, lab_page.BadPage) as problem:
            raise AnsibleActionFail(str(problem)) from None
        except OSError as problem:
            raise AnsibleActionFail(f"The page of {host} can't be written below {folder}: {problem}") from None
        screen.show(self._display, lambda _width, _colour: "", paths.values())
        return {"changed": False, "paths": paths}
