# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the remediation wish of a guest, how they ask for it, and how they look at what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.kernels.guest import Guest, Play

ROLES = """\
- hosts: all
  gather_facts: false
  roles:
    - fleet.memory.swappiness
    - fleet.memory.limits
    - fleet.memory.swap
"""

MODULES = ("vm_settings", "limits", "swap_file")

PREPARE = r"""
printf '# caf\351\r\nvm.swappiness = 90\r\nkernel.panic = 5' > /etc/sysctl.d/99-zz.conf
chmod 640 /etc/sysctl.d/99-zz.conf
sysctl -q -w vm.swappiness=60
"""
"""A file that is read after ours, with bytes that are no UTF-8 and a mode of its own; live is what no file says."""

VM = {
    "max_map_count": "262144",
    "min_free_kbytes": "30000",
    "overcommit_kbytes": "2000000",
    "overcommit_memory": "2",
    "overcommit_ratio": "0",  # the kernel's own doing, for overcommit_kbytes
    "page-cluster": "0",
    "swappiness": "10",
    "vfs_cache_pressure": "50",
}

WISHES = {
    "memory_swappiness_value": 10,
    "memory_swappiness_settings": {
        f"vm.{name}": value for name, value in VM.items() if name not in ("overcommit_ratio", "swappiness")
    },
    "memory_swappiness_transparent_hugepage": "madvise",
    "memory_swappiness_takeover": True,
    "memory_limits": [
        {"domain": "alice", "item": "nofile", "value": 2500},
        {"domain": "alice", "item": "as", "value": 2000000},
        {"unit": "database.service", "item": "NOFILE", "soft": 7000, "hard": 7001},
        {"unit": "worker@one", "item": "MemoryMax", "value": "48M"},
        {"unit": "worker@one", "item": "OOMScoreAdjust", "value": 200, "running": True},
        {"unit": "worker@two", "item": "NPROC", "value": 150, "running": True},
        {"manager": "system", "item": "NPROC", "value": 1500},
    ],
    "memory_limits_restart": True,
    "memory_swap_file_path": "/swap",
    "memory_swap_file_size": "64M",
    "memory_swap_file_priority": 7,
}

AS_WISHED = {
    "vm": VM,
    "huge": "madvise",
    "login": ["2500", "2000000"],
    "default_nproc": "1500",
    "database": ["7000", "7001"],
    "database shown": ["7000", "7001"],
    "one": [str(48 << 20), "200"],
    "one shown": [str(48 << 20), "200"],
    "two": ["150", "150"],
}

RULES = ("swappiness-range", "sysctl-not-persistent", "login-limit-not-in-service")


def look(host: Guest) -> dict[str, Any]:
    """What the witness sees, and the limits of a login that is opened for it."""
    witness = Path(__file__).with_name("remediation_witness.py").read_text()
    login = host.new_login("ulimit -n; ulimit -v", "alice").split()
    return {**json.loads(host.run("python3 -", standard_input=witness)), "login": login}


def wished(seen: dict[str, Any]) -> dict[str, Any]:
    """Of what was seen that which the wishes are about, as AS_WISHED has it."""
    database, one, two = (seen["units"][f"{name}.service"] for name in ("database", "worker@one", "worker@two"))
    return {
        **{name: seen[name] for name in ("vm", "huge", "login", "default_nproc")},
        "database": database["limits"]["Max open files"],
        "database shown": [database["shown"]["LimitNOFILESoft"], database["shown"]["LimitNOFILE"]],
        "one": [one["memory.max"], one["oom_score_adj"]],
        "one shown": [one["shown"]["MemoryMax"], one["shown"]["OOMScoreAdjust"]],
        "two": two["limits"]["Max processes"],
    }


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """The paths below /etc that are not the same in both, byte for byte, with mode and owner."""
    return {path for path in {*one["etc"], *other["etc"]} if one["etc"].get(path) != other["etc"].get(path)}


def remedy(host: Guest, run: str, *options: str, **wishes: Any) -> Play:
    """The roles with all wishes, in one run."""
    (host.folder / "roles.yml").write_text(ROLES)
    return host.playbook("roles.yml", *options, **{**WISHES, **wishes, "memory_run": run})


def take_back(host: Guest, run: str) -> Play:
    play = host.playbook("fleet.memory.rollback", run=run)
    assert play.code == 0, play.said
    return play


def audit(host: Guest) -> dict[str, Any]:
    """What the rules that the wishes answer found, by their ids."""
    play = host.playbook("fleet.memory.audit", memory_policy_swappiness_max=30)
    assert play.code == 0, play.said
    report = json.loads((host.folder / "reports" / "latest" / "report.json").read_text())
    return {each["rule"]: each for each in report["hosts"][0]["findings"] if each["rule"] in RULES}
