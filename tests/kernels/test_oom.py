# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real OOM kills on a kernel of its own: in a unit with a limit, and of the host as a whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernels.guest import Guest

MIB = 2**20

HOLDER = "import time; held = bytearray(200 << 20); time.sleep(1e6)"

# Can't be killed itself. Wants more than there is, and less than there is without the holder.
ALLOCATOR = """
import re
with open("/proc/meminfo") as file:
    available = int(re.search("MemAvailable: +([0-9]+)", file.read()).group(1)) << 10
held = bytearray(available + (100 << 20))
"""


@pytest.fixture
def no_swap(guest: Guest) -> Iterator[None]:
    """Debian 11's kernel doesn't limit the swap of a cgroup; and filling it takes time."""
    guest.run("swapoff --all")
    yield
    guest.run("swapon --all; systemctl reset-failed")


def kill_of(told: dict[str, Any], pid: int) -> dict[str, Any]:
    (kill,) = [kill for kill in told["kills"] if kill["pid"] == pid]
    return kill


def agrees_with_the_kernel(guest: Guest, told: dict[str, Any]) -> None:
    """All kills of this boot are told, each one once, and the last one is a minute old at most."""
    counted = int(guest.run("awk '/^oom_kill /{print $2}' /proc/vmstat"))
    counts = told["counts"]
    assert counts["vmstat_oom_kill"] == counts["kills_logged_this_boot"] == len(told["kills"]) == counted
    assert counts["missing_from_log"] == 0
    now = int(guest.run("date +%s"))
    at = datetime.datetime.fromisoformat(told["kills"][-1]["at"]).timestamp()
    assert now - 60 < at <= now + 1


@pytest.mark.usefixtures("no_swap")
def test_a_unit_over_its_limit(guest: Guest) -> None:
    guest.run("! systemctl start hog.service")
    shown = guest.run("systemctl show --value -p Result -p ExecMainPID hog.service").split()
    assert "oom-kill" in shown
    told = guest.module("oom_info")
    kill = kill_of(told, int(next(value for value in shown if value.isdigit())))
    assert (kill["victim"], kill["uid"], kill["triggered_by"]) == ("python3", 0, {"command": "python3"})
    assert (kill["constraint"], kill["cgroup"]) == ("cgroup", "/app.slice/hog.service")
    assert kill["limit_cgroup"] == "/app.slice/hog.service"
    assert kill["total_vm_bytes"] > 100 * MIB
    assert 30 * MIB < kill["anon_rss_bytes"] < 40 * MIB
    assert kill["oom_score_adj"] == 0
    agrees_with_the_kernel(guest, told)
    # The unit's own cgroup is gone, and its counters with it; the slice above has counted along.
    events = {each["path"]: each for each in told["cgroup_events"]}
    assert "/app.slice/hog.service" not in events
    assert events["/app.slice"]["oom_kill"] >= 1 and events["/app.slice"]["local"]["oom_kill"] == 0


@pytest.mark.usefixtures("no_swap")
def test_the_next_victim_is_the_one_that_the_kernel_takes(guest: Guest) -> None:
    guest.run("ln -sf /usr/bin/python3 /run/holder; ln -sf /usr/bin/python3 /run/allocator")
    guest.run(f"systemd-run --quiet --unit=holder /run/holder -c '{HOLDER}'")
    pid = int(guest.run("systemctl show --value -p MainPID holder.service"))
    guest.run(f"until grep -qE '^VmRSS:\\s+2[0-9]{{5}} ' /proc/{pid}/status; do sleep 0.2; done")
    predicted = guest.module("oom_info")
    first = predicted["next_victims"][0]
    assert (first["pid"], first["command"], first["kind"]) == (pid, "holder", "hog")
    assert first["unit"] == "holder.service" and predicted["next_victim_is_largest"]

    adjusted = "systemd-run --quiet --wait --unit=allocator -p OOMScoreAdjust=-1000"
    guest.run(f"{adjusted} /run/allocator -c '{ALLOCATOR}'")
    told = guest.module("oom_info")
    kill = kill_of(told, pid)
    assert kill == told["kills"][-1]
    assert (kill["victim"], kill["triggered_by"]) == ("holder", {"command": "allocator"})
    assert (kill["constraint"], kill["cgroup"]) == ("host", "/system.slice/holder.service")
    assert kill["limit_cgroup"] is None
    assert kill["anon_rss_bytes"] > 200 * MIB
    assert {source["source"]: source["read"] for source in told["sources"]}["kmsg"]
    agrees_with_the_kernel(guest, told)
