# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in force: in a new login, in services before and after a restart, in processes that go on running."""

from __future__ import annotations

from typing import Any

from .conftest import MIB, Looks, findings

testinfra_hosts = [f"podman://limits{release}" for release in (11, 12, 13)]


def test_a_new_login_has_them(looks: Looks) -> None:
    login = looks["set"]["login"]
    assert login["Max address space"] == [str(2048 * MIB), str(3072 * MIB)]
    assert login["Max locked memory"] == [str(2 * MIB)] * 2
    assert login["Max open files"] == ["3000", "4000"]


def test_a_service_has_them_after_a_restart_and_not_before(looks: Looks) -> None:
    before, kept, new = (looks.service(stage, "holder") for stage in ("before", "set", "restarted"))
    assert (kept["pid"], kept["started"], kept["limits"]) == (before["pid"], before["started"], before["limits"])
    assert kept["shown"]["LimitNOFILE"] == new["shown"]["LimitNOFILE"] == "6000"
    assert kept["shown"]["LimitNOFILESoft"] == new["shown"]["LimitNOFILESoft"] == "5000"
    assert new["pid"] != before["pid"]
    assert new["limits"]["Max open files"] == ["5000", "6000"]
    assert new["limits"]["Max locked memory"] == [str(4 * MIB)] * 2
    assert (before["oom_score_adj"], kept["oom_score_adj"], new["oom_score_adj"]) == ("0", "0", "300")


def test_a_running_process_has_them_and_goes_on_running(looks: Looks) -> None:
    before, after = looks.service("before", "opener"), looks.service("set", "opener")
    assert (after["pid"], after["started"]) == (before["pid"], before["started"])
    assert before["limits"]["Max open files"] == ["1024", "4096"]
    assert after["limits"]["Max open files"] == ["1500", "4096"]
    assert after["limits"]["Max locked memory"] == ["65536", before["limits"]["Max locked memory"][1]]
    assert after["prlimit"] == ["1500", "4096"]
    assert (before["oom_score_adj"], after["oom_score_adj"]) == ("0", "200")
    assert looks.service("restarted", "opener") == after


def test_the_kernel_has_the_memory_limit_at_once(looks: Looks) -> None:
    assert looks.memory_max("before", "holder") is None
    assert looks.memory_max("set", "holder") == 200 * MIB
    assert looks.memory_max("restarted", "holder") == 200 * MIB
    assert looks.service("set", "holder")["shown"]["MemoryMax"] == str(200 * MIB)
    assert looks.memory_max("set", "opener") is None


def test_new_units_have_the_managers_defaults(looks: Looks) -> None:
    assert looks["set"]["manager"] == ["DefaultLimitNOFILE=10000", "DefaultLimitNOFILESoft=1234"]


def test_what_is_removed_is_in_force_no_more(looks: Looks, answers: dict[str, Any]) -> None:
    assert [each["to"] for each in answers["removed"]["changes"] if each["scope"] != "running"] == [None] * 3
    removed = looks["removed"]
    assert removed["login"]["Max address space"] == looks["before"]["login"]["Max address space"]
    assert removed["login"]["Max open files"] == ["3000", "4000"]
    assert removed["services"]["holder"]["shown"]["MemoryMax"] == "infinity"
    assert looks.memory_max("removed", "holder") is None


def test_a_rollback_takes_back_what_is_in_force(looks: Looks) -> None:
    before, after = looks["before"]["services"], looks["taken_back"]["services"]
    # The one was restarted, and is once more; the other has never stopped.
    assert after["opener"] == before["opener"]
    assert after["holder"]["pid"] != looks.service("removed", "holder")["pid"]
    for key in ("limits", "oom_score_adj", "memory_max"):
        assert after["holder"][key] == before["holder"][key]
    assert dict(after["holder"]["shown"], MainPID="") == dict(before["holder"]["shown"], MainPID="")


def test_a_finding_is_gone_when_its_remediation_was_applied(host: Any, answers: dict[str, Any]) -> None:
    rule, name = "login-limit-not-in-service", host.backend.name
    (found,) = findings("detected")[name][rule]["actual"]
    assert (found["unit"], found["limit"], found["type"]) == ("holder.service", "NOFILE", "soft")
    assert answers["remedy"] == {
        "role": "fleet.memory.limits",
        "variables": {"memory_limits": [{"unit": "holder.service", "item": "NOFILE", "type": "soft", "value": 4096}]},
    }
    assert answers["repaired"]["restarted"] == ["holder.service"]
    assert findings("repaired")[name][rule]["verdict"] == "pass"


def test_the_hosts_own_tools_say_the_same_now(host: Any) -> None:
    """The finding repaired, everything else taken back."""
    show = "systemctl show --property MainPID --value"
    holder, opener = (host.check_output(f"{show} {name}.service") for name in ("holder", "opener"))
    limits = host.file(f"/proc/{holder}/limits").content_string.splitlines()
    assert [line.split()[3:5] for line in limits if line.startswith("Max open files")] == [["4096", "4096"]]
    prlimit = host.check_output(f"prlimit --pid {opener} --nofile --output SOFT,HARD --noheadings")
    assert prlimit.split() == ["1024", "4096"]
    assert host.check_output("su --login auditor --command 'ulimit -S -n; ulimit -v'").split() == ["4096", "unlimited"]
