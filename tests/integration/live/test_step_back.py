# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit steps behind the host's own work; ps and ionice are the witnesses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

PROGRAM = """
import subprocess, os
from ansible_collections.fleet.memory.plugins.module_utils._scan.cost import step_back
step_back()
pid = str(os.getpid())
print(subprocess.run(["ps", "-o", "ni=", "-p", pid], capture_output=True, text=True).stdout.strip())
print(subprocess.run(["ionice", "-p", pid], capture_output=True, text=True).stdout.strip())
"""


@pytest.mark.skipif(not shutil.which("ionice"), reason="no ionice on this machine")
@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="ioprio_set isn't known for this machine")
def test_the_audit_lowers_its_priorities() -> None:
    seen = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert seen.stdout.splitlines() == [str(os.nice(0) + 10), "best-effort: prio 7"]
