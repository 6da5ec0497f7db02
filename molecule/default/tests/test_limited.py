# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host that may use 256 MiB."""

from __future__ import annotations

from typing import Any

testinfra_hosts = ["podman://limited"]
LIMIT = 256 * 1024 * 1024


def test_the_limit_is_what_the_cgroup_says(host: Any, snapshot: dict[str, Any]) -> None:
    files = "/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
    assert int(host.check_output(f"cat {files} 2>/dev/null || true")) == LIMIT
    cgroups = snapshot["limits"]["cgroups"]
    assert {cgroup["effective_max_bytes"] for cgroup in cgroups} == {LIMIT}


def test_the_use_of_it_is_known(snapshot: dict[str, Any]) -> None:
    binding = [cgroup for cgroup in snapshot["limits"]["cgroups"] if cgroup["limits"]["max_bytes"] == LIMIT]
    assert binding
    for cgroup in binding:
        assert 0 < cgroup["current_bytes"] <= LIMIT
        assert cgroup["used_percent"] == round(cgroup["current_bytes"] / LIMIT * 100, 2)
