# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module paging_info where it can't do its work."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.modules import paging_info


@pytest.fixture(autouse=True)
def no_step_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests after this one keep their priority."""
    monkeypatch.setattr(paging_info, "step_back", lambda: None)


def failure(capsys, **options) -> str:
    with patch_module_args(options), pytest.raises(SystemExit) as end:
        paging_info.main()
    assert end.value.code == 1
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    return result["msg"]


def test_a_host_without_vmstat(monkeypatch, capsys, tmp_path):
    (tmp_path / "proc").mkdir()
    monkeypatch.setattr(paging_info, "Files", lambda: Files(str(tmp_path)))
    assert failure(capsys) == "/proc/vmstat can't be read: unsupported. Is this a Linux host with /proc mounted?"


def test_a_host_without_proc(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(paging_info, "Files", lambda: Files(str(tmp_path)))
    assert failure(capsys).startswith("/proc can't be read: unsupported.")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("samples", 0, "samples: expected 1 to 3600, not 0"),
        ("samples", 3601, "samples: expected 1 to 3600, not 3601"),
        ("interval_ms", 49, "interval_ms: expected 50 to 60000, not 49"),
        ("interval_ms", 60001, "interval_ms: expected 50 to 60000, not 60001"),
        ("top", -1, "top: expected 0 or more, not -1"),
    ],
)
def test_a_wrong_option(capsys, option, value, message):
    assert failure(capsys, **{option: value}) == message
