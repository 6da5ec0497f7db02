# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module memory_info where it can't do its work."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.modules import memory_info


def failure(capsys):
    with patch_module_args(), pytest.raises(SystemExit) as end:
        memory_info.main()
    assert end.value.code == 1
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    return result


def test_a_host_without_meminfo(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(memory_info, "Files", lambda: Files(str(tmp_path)))
    result = failure(capsys)
    assert result["msg"] == "cannot read the memory of this host: /proc/meminfo is unsupported"
    assert result["unread"]["/proc/meminfo"] == "unsupported"


def test_another_operating_system(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "darwin" in failure(capsys)["msg"]
