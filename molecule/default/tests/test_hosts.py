# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each host's figures, against what the host's own tools say."""

from __future__ import annotations

import re
from typing import Any

import pytest

testinfra_hosts = [f"podman://{name}" for name in ("debian11", "debian12", "debian13", "limited", "ordinary")]
MIB = 1024 * 1024


def test_total_memory_is_what_free_says(host: Any, snapshot: dict[str, Any]) -> None:
    free = host.check_output("free -b").splitlines()[1].split()
    assert snapshot["memory"]["meminfo"]["MemTotal"] == int(free[1])


@pytest.mark.parametrize("key", ["vm.swappiness", "vm.overcommit_memory", "vm.max_map_count", "vm.dirty_ratio"])
def test_sysctl(host: Any, snapshot: dict[str, Any], key: str) -> None:
    assert snapshot["memory"]["sysctl"][key] == int(host.check_output(f"sysctl -n {key}"))


def test_sysctl_is_writable_as_the_mount_says(host: Any, snapshot: dict[str, Any]) -> None:
    mounts = [line.split() for line in host.check_output("cat /proc/mounts").splitlines()]
    assert [mount[3].split(",")[0] for mount in mounts if mount[1] == "/proc/sys"] == ["ro"]
    assert snapshot["memory"]["sysctl_writable"] is False


def test_transparent_hugepages(host: Any, snapshot: dict[str, Any]) -> None:
    modes = host.check_output("cat /sys/kernel/mm/transparent_hugepage/enabled")
    assert snapshot["memory"]["transparent_hugepage"]["enabled"] == re.search(r"\[(\w+)]", modes).group(1)


def test_the_host_is_known_to_be_a_container(host: Any, snapshot: dict[str, Any]) -> None:
    assert snapshot["memory"]["container"] == "podman"
    assert snapshot["memory"]["kernel"]["release"] == host.check_output("uname -r")


def test_processes_are_those_of_ps(host: Any, processes: dict[int, dict[str, Any]]) -> None:
    # What has come or gone since the audit is in one of the two only.
    table = [line.split(None, 2) for line in host.check_output("ps -e -o pid=,uid=,comm=").splitlines()]
    both = [(int(pid), int(uid), command) for pid, uid, command in table if int(pid) in processes]
    assert len(both) >= 4
    assert [(row[0], processes[row[0]]["uid"], processes[row[0]]["command"]) for row in both] == both


def test_resident_memory_is_what_ps_says(host: Any, processes: dict[int, dict[str, Any]]) -> None:
    assert processes[1]["command"] == "systemd"
    assert processes[1]["rss_bytes"] == pytest.approx(int(host.check_output("ps -o rss= -p 1")) * 1024, rel=0.1)


@pytest.fixture
def holder(host: Any, processes: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The process of holder.service, which has written to 40 MiB."""
    return processes[int(host.check_output("systemctl show --property MainPID --value holder.service"))]


def test_a_service_has_its_unit_and_its_memory(host: Any, holder: dict[str, Any]) -> None:
    assert holder["unit"] == "holder.service"
    resident_kib = int(host.check_output(f"ps -o rss= -p {holder['pid']}"))
    assert holder["rss_bytes"] == pytest.approx(resident_kib * 1024, rel=0.02)
    assert 40 * MIB < holder["rss_anon_bytes"] < 60 * MIB


def test_a_service_has_the_limits_of_its_unit(snapshot: dict[str, Any], holder: dict[str, Any]) -> None:
    sets = [entry for entry in snapshot["limits"]["process_limits"] if holder["pid"] in entry["pids"]]
    assert [entry["limits"]["NOFILE"] for entry in sets] == [{"soft": 4321, "hard": 4321}]
    units = {unit["unit"]: unit["properties"] for unit in snapshot["limits"]["systemd"]["units"]}
    declared = units["holder.service"]["LimitNOFILE"]
    assert (declared["value"], declared["file"]) == (4321, "/etc/systemd/system/holder.service")


def test_a_login_gets_what_limits_d_says(host: Any, snapshot: dict[str, Any]) -> None:
    logins = {login["user"]: login["limits"] for login in snapshot["limits"]["login_sessions"]}
    nofile, address_space = logins["auditor"]["NOFILE"], logins["auditor"]["AS"]
    assert nofile["hard"] == int(host.check_output("su auditor -c 'ulimit -H -n'")) == 3000
    assert address_space["soft"] == int(host.check_output("su auditor -c 'ulimit -S -v'")) * 1024 == 4 * 1024 * MIB
    # A line for everybody doesn't reach root.
    assert logins["root"]["NOFILE"]["hard"] != 2048


def test_nothing_is_left_on_the_host(host: Any) -> None:
    assert not host.check_output("find /tmp /var/tmp /root /home -path '*ansible*' -type f")
    assert not host.check_output("find ~root/.ansible/tmp /home/auditor/.ansible/tmp -mindepth 1 2>/dev/null || true")
