# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import List

import pytest
from ansible.module_utils.basic import AnsibleModule


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """What a module warns of. Where another test has loaded the controller, Ansible shows it and returns nothing."""
    warnings: List[str] = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda module, warning, **options: warnings.append(str(warning)))
    return warnings
