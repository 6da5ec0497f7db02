# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What converge and side_effect have kept: the hosts' pages, what was left on them, what was said."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "lab")

HOSTS = ("lab11", "lab12", "lab13")

LEAKING, QUIET = ("lab11", "lab13"), ("lab12",)

USERS = ("root", "auditor")

MIB = 1 << 20

ALLOWANCE = 64 * MIB
"""What a lesson may take on these hosts; see ../inventory."""

STEPS = (
    "total_memory",
    "meminfo",
    "shell_memory",
    "used_percent",
    "watch",
    "page_faults",
    "bash_array",
    "top_processes",
    "address_space_limit",
    "memory_map",
)

CONCEPTS = (
    "segments",
    "virtual_and_physical",
    "minor_faults",
    "major_faults",
    "rss_and_pss",
    "swappiness",
    "huge_pages",
    "leak",
    "oom_kill",
)


def kept(name: str) -> Any:
    """The evidence of that name."""
    return json.loads((EVIDENCE / f"{name}.json").read_text())


def lessons(host: str, user: str) -> dict[str, dict[str, Any]]:
    """Those that ``user`` has held on ``host``, by name."""
    return {lesson["name"]: lesson for lesson in kept(f"{user}/lab/{host}")["lessons"]}


def figures(lesson: dict[str, Any]) -> dict[str, Any]:
    """The evidence of a lesson: values by what was measured."""
    return {each["what"]: each["value"] for each in lesson["evidence"]}


def on(host: str, *command: str) -> str:
    """What root's command says on ``host``."""
    return subprocess.check_output(["podman", "exec", host, *command], text=True).strip()
