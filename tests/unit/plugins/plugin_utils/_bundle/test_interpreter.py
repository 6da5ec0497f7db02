# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.interpreter import with_interpreter

ASKED = {"ansible_python_interpreter": "/usr/bin/python3"}


@pytest.mark.parametrize(
    ("transport", "variables", "expected"),
    [
        ("local", {"a": 1}, {"a": 1, "ansible_python_interpreter": sys.executable}),
        ("local", ASKED, ASKED),
        ("ssh", {"a": 1}, {"a": 1}),
        ("ssh", ASKED, ASKED),
    ],
)
def test_this_machine_runs_modules_with_the_python_of_ansible(
    transport: str, variables: dict[str, Any], expected: dict[str, Any]
) -> None:
    action: Any = SimpleNamespace(_connection=SimpleNamespace(transport=transport))
    before = dict(variables)
    assert with_interpreter(action, variables) == expected
    assert variables == before
