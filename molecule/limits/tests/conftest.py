# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What converge has kept: the answers of the role, and what each host looked like after each step."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

EVIDENCE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "limits")

MIB = 2**20
UNLIMITED = 2**63 - 65536
"""From here on a cgroup v1 means no limit."""


class Looks:
    """What files/look.py has seen of a host, by step."""

    def __init__(self, host: Any) -> None:
        lines = host.check_output("for look in /root/looks/*.json; do echo $look; cat $look; echo; done").splitlines()
        self._read = {Path(path).stem: json.loads(look) for path, look in zip(lines[::2], lines[1::2], strict=True)}

    def __getitem__(self, stage: str) -> dict[str, Any]:
        return self._read[stage]

    def service(self, stage: str, name: str) -> dict[str, Any]:
        return self[stage]["services"][name]

    def limit(self, stage: str, name: str, limit: str) -> list[str]:
        """Soft and hard of the service's main process."""
        return self.service(stage, name)["limits"][limit]

    def memory_max(self, stage: str, name: str) -> int | None:
        """What the kernel has for the service's cgroup; None for no limit."""
        said = self.service(stage, name)["memory_max"]
        if said is None:
            pytest.skip("systemd has no memory cgroups in a container of this machine")
        return None if said == "max" or int(said) >= UNLIMITED else int(said)

    def files(self, stage: str) -> dict[str, list[Any]]:
        """/etc without inodes and times."""
        return {path: state[:4] for path, state in self[stage]["etc"].items()}

    def changed(self, before: str, after: str) -> set[str]:
        """The paths below /etc that differ in anything at all, inode and time among it."""
        old, new = self[before]["etc"], self[after]["etc"]
        return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


READ: dict[str, Looks] = {}
"""By host: to get into a container takes longer than a test."""


@pytest.fixture
def looks(host: Any) -> Looks:
    name = host.backend.name
    if name not in READ:
        READ[name] = Looks(host)
    return READ[name]


@pytest.fixture
def answers(host: Any) -> dict[str, Any]:
    """By step; of the playbook what it printed."""
    return json.loads((EVIDENCE / f"{host.backend.name}.json").read_text())


def findings(audit: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Each host's findings by rule."""
    hosts = json.loads((EVIDENCE / audit / "latest" / "report.json").read_text())["hosts"]
    return {host["host"]: {finding["rule"]: finding for finding in host["findings"]} for host in hosts}
