# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module process_memory_info where it refuses."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.modules import process_memory_info


@pytest.mark.parametrize("choice", [{}, {"pids": []}, {"users": []}, {"command": ""}, {"min_rss_bytes": 1}])
def test_the_maps_of_all_processes(capsys: pytest.CaptureFixture[str], choice: dict) -> None:
    with patch_module_args({"maps": True, **choice}), pytest.raises(SystemExit):
        process_memory_info.main()
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    assert result["msg"].startswith("maps: ")
