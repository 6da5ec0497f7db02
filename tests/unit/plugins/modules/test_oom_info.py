# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module oom_info: how it runs programs, and where it can't do its work."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.modules import oom_info


@pytest.fixture
def module():
    with patch_module_args():
        yield AnsibleModule(argument_spec={})


def test_a_program_that_is_not_there(module):
    assert oom_info.runner(module)("no-such-program-here", "-x") is None


def test_output_comes_as_bytes_and_untranslated(module, monkeypatch, tmp_path):
    program = tmp_path / "speaks"
    program.write_bytes(b'#!/bin/sh\nprintf \'\\377%s\' "$LC_ALL"; printf "$1" >&2; exit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert oom_info.runner(module)("speaks", "~$HOME") == (3, b"\xffC", b"~$HOME")


def test_a_program_that_hangs_is_ended(module, monkeypatch, tmp_path):
    program = tmp_path / "hangs"
    program.write_bytes(b"#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(oom_info, "SECONDS", "0.2")
    code, _output, _remarks = oom_info.runner(module)("hangs")
    assert code == 124


def test_a_host_without_proc(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(oom_info, "Files", lambda: Files(str(tmp_path)))
    monkeypatch.setattr(oom_info, "step_back", lambda: None)
    with patch_module_args(), pytest.raises(SystemExit) as end:
        oom_info.main()
    assert end.value.code == 1
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] is True
    assert result["msg"].startswith("/proc can't be listed: unsupported.")
