# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Python runs the modules where nobody has said so."""

from __future__ import annotations

import sys
from typing import Any

from ansible.plugins.action import ActionBase


def with_interpreter(action: ActionBase, task_vars: dict[str, Any]) -> dict[str, Any]:
    """``task_vars``; on this very machine with the Python that runs Ansible, unless another one is asked for.

    Ansible would take the newest python3 by its name alone; this one is known to work on this machine.
    """
    if action._connection.transport == "local" and "ansible_python_interpreter" not in task_vars:
        return {**task_vars, "ansible_python_interpreter": sys.executable}
    return task_vars
