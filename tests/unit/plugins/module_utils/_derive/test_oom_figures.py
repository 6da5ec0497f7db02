# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's count against its log, the cgroups' events, and who is next."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.next_victims import next_victims
from ansible_collections.fleet.memory.plugins.module_utils._derive.oom_reconcile import cgroup_events, counts
from hypothesis import given
from hypothesis import strategies as st

KMSG = {"source": "kmsg", "read": True, "reason": None, "first_at": "T", "last_at": "U", "lost_lines": False}
WRAPPED = dict(KMSG, lost_lines=True)
JOURNAL = dict(KMSG, source="journal", lost_lines=None)
NONE = dict(KMSG, read=False, reason="denied", first_at=None, last_at=None, lost_lines=None)


def kills(*boots: str) -> list[dict[str, Any]]:
    return [{"boot_id": boot} for boot in boots]


@pytest.mark.parametrize(
    "boots, counted, sources, logged, missing, explanation",
    [
        ("", 0, [KMSG], 0, 0, "No OOM kill since boot."),
        ("b", 1, [KMSG], 1, 0, "The kernel counted 1 OOM kill since boot and the log has them all."),
        (
            "bb", 5, [WRAPPED, JOURNAL], 2, 3,
            "The kernel counted 5 OOM kills since boot and the log has 2: "
            "its oldest lines have been overwritten, it begins at T.",
        ),
        (
            "b", 2, [KMSG], 1, 1,
            "The kernel counted 2 OOM kills since boot and the log has 1: "
            "though it goes back to the boot without a gap.",
        ),
        (
            "b", 2, [NONE, JOURNAL], 1, 1,
            "The kernel counted 2 OOM kills since boot and the log has 1: whether lines of it were lost can't be told.",
        ),
        (
            "bb", 1, [KMSG], 2, 0,
            "The log has 2 OOM kills since boot, 1 more than the kernel had counted when the audit began.",
        ),
        (
            "b", None, [KMSG], 1, None,
            "The log has 1 OOM kill since boot; the kernel's own count to compare with couldn't be read.",
        ),
        (
            "", 3, [NONE], None, None,
            "The kernel counted 3 OOM kills since boot, whose victims stay unknown: no kernel log could be read.",
        ),
        ("", 0, [NONE], None, None, "The kernel counted 0 OOM kills since boot: no kernel log could be read."),
        (
            "", None, [NONE], None, None,
            "No kernel log could be read, and the kernel's count of OOM kills couldn't either.",
        ),
        (
            "aab", 1, [KMSG, JOURNAL], 1, 0,
            "The kernel counted 1 OOM kill since boot and the log has them all; "
            "2 more came before the last reboot, with which that count began anew.",
        ),
    ],
)  # fmt: skip
def test_counts(boots: str, counted: Any, sources: Any, logged: Any, missing: Any, explanation: str) -> None:
    assert counts(kills(*boots), counted, "b", sources) == {
        "vmstat_oom_kill": counted,
        "kills_logged_this_boot": logged,
        "missing_from_log": missing,
        "explanation": explanation,
    }


def cgroup(path: str, **changes: Any) -> dict[str, Any]:
    return {"path": path, "version": "v2", "events": None, **changes}


def test_cgroup_events() -> None:
    v2 = {"low": 9, "high": 8, "max": 5, "oom": 4, "oom_kill": 3, "oom_group_kill": 2}
    result = cgroup_events(
        [
            cgroup("/"),
            cgroup("/a", events=v2, events_local={"max": 1, "oom": 0, "oom_kill": 0}),
            cgroup("/quiet", events=dict.fromkeys(v2, 0), events_local=dict.fromkeys(v2, 0)),
            cgroup("/only-high", events={"high": 7, "max": 0, "oom": 0, "oom_kill": 0}),
            cgroup("/near", events={"max": 1, "oom": 0, "oom_kill": 0}, events_local=None),
            cgroup("/b", version="v1", events={"oom_kill_disable": 1, "under_oom": 1, "oom_kill": 6}),
        ]
    )
    assert result == [
        {
            "path": "/a", "version": "v2", "max": 5, "oom": 4, "oom_kill": 3, "oom_group_kill": 2,
            "local": {"max": 1, "oom": 0, "oom_kill": 0, "oom_group_kill": None},
        },
        {"path": "/near", "version": "v2", "max": 1, "oom": 0, "oom_kill": 0, "oom_group_kill": None, "local": None},
        {"path": "/b", "version": "v1", "max": None, "oom": None, "oom_kill": 6, "oom_group_kill": None, "local": None},
    ]  # fmt: skip


def process(pid: int, score: Any, rss: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "pid": pid, "command": "app", "user": "u%d" % pid, "unit": None, "state": "S", "oom_score": score,
        "oom_score_adj": 0, "rss_bytes": rss << 20, "swap_bytes": 0, "page_tables_bytes": 0, **changes,
    }  # fmt: skip


def test_the_highest_score_first_then_what_the_kernel_weighs() -> None:
    victims, largest = next_victims(
        [
            process(2, 700, 10),
            process(3, 700, 4, swap_bytes=5 << 20, page_tables_bytes=2 << 20),
            process(4, 900, 1, oom_score_adj=500),
            process(5, 666, 99, oom_score_adj=-100),
            process(6, 1),
            process(7, 0),
        ]
    )
    assert [victim["pid"] for victim in victims] == [4, 3, 2, 5, 6]
    assert largest is False
    assert victims[0] == {
        "pid": 4, "command": "app", "user": "u4", "unit": None, "oom_score": 900, "oom_score_adj": 500,
        "rss_bytes": 1 << 20, "swap_bytes": 0, "kind": "other",
        "why": "1 MiB of RAM and swap; made likelier by oom_score_adj 500",
    }  # fmt: skip
    assert victims[1]["why"] == "11 MiB of RAM and swap"
    assert victims[3]["kind"] == "hog"
    assert victims[3]["why"] == (
        "99 MiB of RAM and swap, more than any other process; partly protected by oom_score_adj -100"
    )


@pytest.mark.parametrize(
    "changes",
    [{"oom_score_adj": -1000}, {"oom_score": None}, {"state": "Z"}, {"pid": 1, "oom_score": 0}],
)
def test_who_is_never_killed(changes: dict[str, Any]) -> None:
    assert next_victims([{**process(2, 700, 10), **changes}]) == ([], None)


def test_the_hog_may_be_exempt() -> None:
    victims, largest = next_victims([process(2, 0, 10, oom_score_adj=-1000), process(3, 5, 1)])
    assert ([victim["kind"] for victim in victims], largest) == (["other"], False)


@pytest.mark.parametrize(
    "command, unit, kind",
    [
        ("sshd", None, "login_service"),
        ("sshd-session", "ssh.service", "login_service"),
        ("x", "sshd.service", "login_service"),
        ("agetty", "getty@tty1.service", "login_service"),
        ("postgres", "postgresql@15-main.service", "database"),
        ("java", "elasticsearch.service", "database"),
        ("clickhouse-serv", None, "database"),
        ("redis-server", None, "database"),
        ("containerd-shim", None, "container_runtime"),
        ("dockerd", "docker.service", "container_runtime"),
        ("sshd2", None, "hog"),
        ("mysqldump", "backup-mysql.service", "hog"),
        ("notsshd", None, "hog"),
    ],
)
def test_kinds(command: str, unit: Any, kind: str) -> None:
    victims, largest = next_victims([process(2, 700, 10, command=command, unit=unit)])
    assert (victims[0]["kind"], largest) == (kind, True)


def test_the_init_of_a_container_is_a_victim_like_any_other() -> None:
    assert next_victims([process(1, 667, 3, command="sshd")])[0][0]["kind"] == "init"


FIGURE = st.one_of(st.none(), st.integers(0, 2**40))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "pid": st.integers(1, 5), "command": st.text(max_size=15), "user": st.text(max_size=3),
                "unit": st.one_of(st.none(), st.text(max_size=9)), "state": st.sampled_from("SZD"),
                "oom_score": st.one_of(st.none(), st.integers(0, 2000)),
                "oom_score_adj": st.one_of(st.none(), st.sampled_from([-1000, 0, 1000])),
                "rss_bytes": FIGURE, "swap_bytes": FIGURE, "page_tables_bytes": FIGURE,
            }
        ),
        max_size=9,
    )
)  # fmt: skip
def test_no_one_unread_breaks_it(processes: list[dict[str, Any]]) -> None:
    victims, largest = next_victims(processes)
    scores = [victim["oom_score"] for victim in victims]
    assert scores == sorted(scores, reverse=True) and len(scores) <= 5
    assert (largest is None) == (not victims)
    assert all(victim["oom_score_adj"] != -1000 for victim in victims)
