# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# CI is slow and busy: a property must hold there, at whatever speed, and the examples are the same every time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's settings of whoever runs the tests don't reach them."""
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "MEMORY_AUDIT_"))]:
        monkeypatch.delenv(name)
