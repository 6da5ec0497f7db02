# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of this very machine share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import pytest


def ansible(module: str, *options: str) -> list[str]:
    """The command that runs a module of the collection on this machine; ``options`` as on the command line."""
    return [
        str(Path(sys.executable).with_name("ansible")),
        *("localhost", "-i", "localhost,", "-c", "local", "-m", "fleet.memory." + module),
        *("-e", "ansible_python_interpreter=" + sys.executable),
        *options,
    ]


def through_ansible(module: str, *options: str) -> dict[str, Any]:
    """What the module returns. Raises CalledProcessError when it fails."""
    answer = subprocess.run(ansible(module, *options), check=True, capture_output=True, text=True).stdout
    headline, _arrow, result = answer.partition(" => ")
    assert headline == "localhost | SUCCESS"
    return json.loads(result)


def program(name: str) -> str:
    """The path of a witness; without it the test is skipped."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def run(*command: str) -> str:
    """What a witness prints; without it the test is skipped."""
    return subprocess.run([program(command[0]), *command[1:]], check=True, capture_output=True, text=True).stdout


def said(run: subprocess.CompletedProcess[str]) -> str:
    """All that the run printed, with single spaces in place of line breaks."""
    return " ".join((run.stdout + run.stderr).split())


def in_a_quiet_moment(check: Callable[[], None]) -> None:
    """Other programs move memory between the reading and the witness's; of some tries one must agree."""
    for _try in range(4):
        try:
            check()
            return
        except AssertionError:
            time.sleep(1)
    check()
