# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OOM kills from the kernel's lines: those of this machine's kernel, and those of older ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import oom_kills
from ansible_collections.fleet.memory.plugins.module_utils._kernel_log import dmesg, journal, kmsg
from ansible_collections.fleet.memory.plugins.module_utils._kernel_log.line import Line
from hypothesis import example, given
from hypothesis import strategies as st

ALL_FIXTURES = Path(__file__).resolve().parents[4] / "fixtures"
FIXTURES = ALL_FIXTURES / "kernel-log-6.18"
BOOT = "04eddd82-3503-4817-b346-63307a2c59a7"

FIGURES = "total-vm:11kB, anon-rss:22kB, file-rss:33kB, shmem-rss:44kB, UID:55 pgtables:66kB oom_score_adj:-77"
INVOKED = "asker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0"
SUMMARY = (
    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
    "oom_memcg=/a,task_memcg=/a/b,task=hog,pid=7,uid=55"
)
KILLED = "Memory cgroup out of memory: Killed process 7 (hog) " + FIGURES
GROUP = "Tasks in /a are going to be killed due to memory.oom.group set"


def kills(*messages: str) -> list[dict[str, Any]]:
    lines = [Line(message.encode("utf-8", "surrogateescape"), place) for place, message in enumerate(messages)]
    return oom_kills.merged([oom_kills.kills_in(lines, "kmsg")])


def causes(*messages: str) -> list[tuple]:
    keys = ("pid", "constraint", "limit_cgroup", "cgroup")
    return [(*(kill[key] for key in keys), (kill["triggered_by"] or {}).get("command")) for kill in kills(*messages)]


def test_every_figure_from_its_place() -> None:
    assert kills(INVOKED, "Mem-Info:", SUMMARY, KILLED) == [
        {
            "victim": "hog",
            "pid": 7,
            "uid": 55,
            "constraint": "cgroup",
            "cgroup": "/a/b",
            "limit_cgroup": "/a",
            "at": None,
            "boot_id": None,
            "triggered_by": {"command": "asker"},
            "total_vm_bytes": 11 * 1024,
            "anon_rss_bytes": 22 * 1024,
            "file_rss_bytes": 33 * 1024,
            "shmem_rss_bytes": 44 * 1024,
            "page_tables_bytes": 66 * 1024,
            "oom_score_adj": -77,
            "source": "kmsg",
            "reaped": None,
        }
    ]


REAL = [
    ("plain hog", 9734, "/fleet-plain", "/fleet-plain/inner", "plain hog", 5856),
    (
        "a) total-vm:1kB", 9735, "/fleet,task_memcg=", "/fleet,task_memcg=/y,task=sshd,pid=1,uid=0", "a) total-vm:1kB",
        5780,
    ),
    ("\\xff\\xfe\n{{ 7*7 }}", 9783, "/fleet-bytes \\xe9", "/fleet-bytes \\xe9", "\\xff\\xfe\n{{ 7*7 }}", 5780),
]  # fmt: skip


@pytest.mark.parametrize("log", ["kmsg", "journal"])
@pytest.mark.parametrize(
    ("kernel", "at_limit", "of_host", "anon_kib"),
    [("5.10", 319, 325, 392536), ("6.1", 373, 379, 383624), ("6.12", 521, 528, 377856)],
)
def test_two_kills_on_a_guest_of_each_kernel(kernel: str, at_limit: int, of_host: int, anon_kib: int, log: str) -> None:
    """One at MemoryMax= of a unit, one because the whole guest was out of memory; cgroup v2."""
    data = (ALL_FIXTURES / f"kernel-log-{kernel}" / log).read_bytes()
    lines = kmsg.parse(data).lines if log == "kmsg" else journal.parse(data)
    first, second = oom_kills.merged([oom_kills.kills_in(lines, log)])
    hog = "/app.slice/hog.service"
    assert (first["pid"], first["constraint"], first["limit_cgroup"], first["cgroup"]) == (at_limit, "cgroup", hog, hog)
    assert (second["pid"], second["constraint"], second["limit_cgroup"]) == (of_host, "host", None)
    assert second["cgroup"] == "/system.slice/host-hog.service"
    assert second["anon_rss_bytes"] == anon_kib * 1024 and second["victim"] == "python3"


def told(found: list[dict[str, Any]]) -> list[tuple]:
    keys = ("victim", "pid", "limit_cgroup", "cgroup", "triggered_by", "file_rss_bytes")
    told = [[kill[key] for key in keys] for kill in found]
    return [(*values[:4], values[4]["command"], values[5] // 1024) for values in told]


def test_real_kills_with_names_that_mislead() -> None:
    found = oom_kills.kills_in(kmsg.parse((FIXTURES / "kmsg").read_bytes()).lines, "kmsg")
    result = oom_kills.merged([found])
    assert told(result) == REAL
    for kill in result:
        assert (kill["constraint"], kill["uid"], kill["oom_score_adj"]) == ("cgroup", 0, 0)
        assert (kill["total_vm_bytes"], kill["anon_rss_bytes"]) == (114924 * 1024, 27264 * 1024)
    json.dumps(result).encode()


def test_the_journal_of_the_same_kills() -> None:
    lines = sorted(journal.parse((FIXTURES / "journal").read_bytes()), key=lambda line: line.microseconds or 0)
    result = oom_kills.merged([oom_kills.kills_in(lines, "journal")])
    assert told(result)[1:] == REAL
    assert {kill["boot_id"] for kill in result} == {BOOT}
    assert result[-1]["at"] == "2026-11-25T02:08:37Z"


def test_dmesg_can_hide_a_name_with_a_newline_but_makes_none_up() -> None:
    result = oom_kills.merged([oom_kills.kills_in(dmesg.parse((FIXTURES / "dmesg").read_bytes()), "dmesg")])
    assert told(result) == REAL[:2]


def test_a_kill_that_two_logs_have_is_told_once() -> None:
    ring = [line._replace(boot_id=BOOT) for line in kmsg.parse((FIXTURES / "kmsg").read_bytes()).lines]
    entries = sorted(journal.parse((FIXTURES / "journal").read_bytes()), key=lambda line: line.microseconds or 0)
    logs = [oom_kills.kills_in(ring, "kmsg"), oom_kills.kills_in(entries, "journal")]
    result = oom_kills.merged(logs)
    assert sorted((kill["pid"], kill["source"]) for kill in result) == [
        (9734, "kmsg"), (9735, "kmsg"), (9783, "kmsg"), (22263, "journal"),
    ]  # fmt: skip


OLD = [
    (  # RHEL 6
        [
            "java invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=0, oom_score_adj=0",
            "Task in /A/B killed as a result of limit of /A",
            "Memory cgroup out of memory: Kill process 2157 (java) score 854 or sacrifice child",
            "Killed process 2157, UID 679, (java) total-vm:11kB, anon-rss:7kB, file-rss:1kB",
        ],
        ("java", 2157, 679, "cgroup", "/A/B", "/A", "java", None),
    ),
    (  # RHEL 7, a child in place of the one that was announced
        [
            "ksh invoked oom-killer: gfp_mask=0x280da, order=0, oom_score_adj=0",
            "Out of memory: Kill process 12 (parent) score 900 or sacrifice child",
            "Killed process 13 (child), UID 1000, total-vm:11kB, anon-rss:7kB, file-rss:1kB, shmem-rss:0kB",
        ],
        ("child", 13, 1000, "host", None, None, "ksh", None),
    ),
    (  # 4.14
        [
            "mysqld invoked oom-killer: gfp_mask=0x14200ca, nodemask=(null), order=0, oom_score_adj=0",
            "Out of memory: Kill process 12 (mysqld) score 900 or sacrifice child",
            "Killed process 12 (mysqld) total-vm:11kB, anon-rss:7kB, file-rss:1kB, shmem-rss:0kB",
        ],
        ("mysqld", 12, None, "host", None, None, "mysqld", None),
    ),
    (  # 4.19, a child in place of the one that the summary names
        [
            "x invoked oom-killer: gfp_mask=0xcc0, order=0",
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
            "oom_memcg=/A,task_memcg=/A/B,task=parent,pid=12,uid=0",
            "Memory cgroup out of memory: Kill process 12 (parent) score 900 or sacrifice child",
            "Killed process 13 (child) total-vm:11kB, anon-rss:7kB, file-rss:1kB, shmem-rss:0kB",
        ],
        ("child", 13, None, "cgroup", None, "/A", "x", None),
    ),
    (  # 5.1: a cgroup's limit called CONSTRAINT_NONE
        [
            "x invoked oom-killer: gfp_mask=0xcc0, order=0",
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
            "oom_memcg=/A,task_memcg=/A,task=y,pid=12,uid=0",
            "Memory cgroup out of memory: Killed process 12 (y) total-vm:11kB, anon-rss:7kB, file-rss:1kB",
        ],
        ("y", 12, None, "cgroup", "/A", "/A", "x", None),
    ),
    (  # the host, since 4.19
        [
            "x invoked oom-killer: gfp_mask=0xcc0, order=0",
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=a,oom_memcg=,mems_allowed=0,"
            "global_oom,task_memcg=/A,oom_memcg=/B,task=y,pid=12,uid=0",
            "Out of memory: Killed process 12 (y) total-vm:11kB, anon-rss:7kB, file-rss:1kB, shmem-rss:0kB, "
            "UID:5 pgtables:6kB oom_score_adj:0",
            "oom_reaper: reaped process 12 (y), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
        ],
        ("y", 12, 5, "host", "/A,oom_memcg=/B", None, "x", True),
    ),
    (  # a kernel without memory cgroups
        [
            "oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,cpuset=/,mems_allowed=0-1,task=y,pid=12,uid=0",
            "Out of memory (oom_kill_allocating_task): Killed process 12 (y) total-vm:11kB",
            "oom_reaper: unable to reap pid:12 (y)",
        ],
        ("y", 12, None, "mempolicy", None, None, None, False),
    ),
    (
        [
            "oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=half,mems_allowed=1,"
            "global_oom,task_memcg=/,task=y,pid=12,uid=0",
            "Out of memory: Killed process 12 (y) total-vm:11kB",
        ],
        ("y", 12, None, "cpuset", "/", None, None, None),
    ),
]


@pytest.mark.parametrize("messages, expected", OLD)
def test_kernels(messages: list[str], expected: tuple) -> None:
    (kill,) = kills(*messages)
    keys = ("victim", "pid", "uid", "constraint", "cgroup", "limit_cgroup")
    trigger = kill["triggered_by"] and kill["triggered_by"]["command"]
    assert (*(kill[key] for key in keys), trigger, kill["reaped"]) == expected


def test_what_was_said_of_one_kill_is_not_said_of_the_next() -> None:
    """When kills come thick the kernel logs the kill alone."""
    unexplained = "Memory cgroup out of memory: Killed process 8 (other) " + FIGURES
    assert causes(INVOKED, SUMMARY, KILLED, unexplained) == [
        (7, "cgroup", "/a", "/a/b", "asker"),
        (8, "cgroup", None, None, None),
    ]
    assert causes(INVOKED, SUMMARY, unexplained) == [(8, "cgroup", None, None, None)]
    same_pid = SUMMARY.replace("task=hog", "task=hogg")
    assert causes(INVOKED, same_pid, KILLED) == [(7, "cgroup", None, None, None)]
    # The summary is of process 8, in a cgroup whose name ends like a summary of process 7.
    assert causes(SUMMARY + ",task=other,pid=8,uid=0", KILLED) == [(7, "cgroup", None, None, None)]
    assert causes(INVOKED, "Task in /A/B killed as a result of limit of /A", KILLED, unexplained) == [
        (7, "cgroup", "/A", "/A/B", "asker"),
        (8, "cgroup", None, None, None),
    ]


def test_a_cgroup_named_like_the_words_of_the_kernel() -> None:
    path = "/x,task_memcg=/y"
    summary = SUMMARY.replace("oom_memcg=/a,task_memcg=/a/b", "oom_memcg=%s,task_memcg=%s" % (path, path + "/z"))
    assert causes(summary, KILLED) == [(7, "cgroup", path, path + "/z", None)]


def test_an_oom_without_a_victim() -> None:
    nobody = "Out of memory and no killable processes..."
    assert causes(INVOKED, nobody, "Killed process 9 (x) total-vm:1kB") == [(9, None, None, None, None)]


def test_the_others_of_a_group_share_its_cause() -> None:
    member = KILLED.replace("process 7 (hog)", "process 8 (helper)")
    assert causes(INVOKED, SUMMARY, KILLED, GROUP, KILLED, member, INVOKED, member.replace("8", "9")) == [
        (7, "cgroup", "/a", "/a/b", "asker"),
        (7, "cgroup", "/a", None, "asker"),
        (8, "cgroup", "/a", None, "asker"),
        (9, "cgroup", None, None, "asker"),
    ]


def test_reaped_is_the_latest_of_that_pid() -> None:
    reaped = "oom_reaper: reaped process 7 (hog), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"
    assert [kill["reaped"] for kill in kills(reaped, KILLED, KILLED, reaped)] == [None, True]


@pytest.mark.parametrize(
    "message",
    [
        "audit: " + KILLED,
        " " + KILLED,
        "x\n" + KILLED,
        "Out of memory: Killed process 12 (y)",
        "Out of memory: Killed process x (y) total-vm:1kB",
        "Out of memory: Killed process 99999999999 (y) total-vm:1kB",
        "Killed process",
        "python[12]: segfault at 0 ip 0 sp 0 error 4: Killed process 1 (init) total-vm:1kB",
    ],
)
def test_what_only_looks_like_a_kill(message: str) -> None:
    assert kills(message) == []


def test_boots_are_told_apart() -> None:
    """The first lines of a boot explain nothing of another's."""
    lines = [Line(INVOKED.encode(), 1, 1, "a"), Line(SUMMARY.encode(), 2, 2, "a"), Line(KILLED.encode(), 3, 3, "b")]
    (kill,) = oom_kills.merged([oom_kills.kills_in(lines, "journal")])
    assert (kill["boot_id"], kill["limit_cgroup"], kill["at"]) == ("b", None, "1970-01-01T00:00:00Z")


def test_newest_last() -> None:
    lines = [Line(KILLED.replace(" 7 ", " %d " % pid).encode(), pid, 10 - pid, str(pid)) for pid in (1, 2, 3)]
    assert [kill["pid"] for kill in oom_kills.merged([oom_kills.kills_in(lines, "journal")])] == [3, 2, 1]


NAMES = st.binary(min_size=1, max_size=15).filter(lambda name: b"\0" not in name)
PARTS = st.lists(
    st.one_of(
        st.sampled_from([b",task_memcg=", b",oom_memcg=", b",task=x,pid=1,uid=0", b"a", b",global_oom"]),
        st.binary(min_size=1, max_size=20),
    ),
    min_size=1,
    max_size=3,
).map(lambda parts: b"".join(parts).replace(b"/", b"").replace(b"\n", b"").replace(b"\0", b"") or b"z")


@given(command=NAMES, limit=st.lists(PARTS, max_size=2), below=st.lists(PARTS, max_size=2), pid=st.integers(1, 2**22))
def test_no_name_moves_what_the_kernel_says(command: bytes, limit: list[bytes], below: list[bytes], pid: int) -> None:
    oom_memcg = b"/" + b"/".join(limit)
    task_memcg = b"/" + b"/".join(limit + below)
    summary = (
        b"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=%s,task_memcg=%s,"
        b"task=%s,pid=%d,uid=0" % (oom_memcg, task_memcg, command, pid)
    )
    killed = b"Memory cgroup out of memory: Killed process %d (%s) %s" % (pid, command, FIGURES.encode())
    (found,) = oom_kills.kills_in([Line(summary, 1), Line(killed, 2)], "kmsg")
    kill = found.kill
    assert (kill["victim"], kill["pid"]) == (command.decode("utf-8", "backslashreplace"), pid)
    assert (kill["total_vm_bytes"], kill["uid"], kill["oom_score_adj"]) == (11 * 1024, 55, -77)
    # Names that hold the separator itself can make the cut uncertain. What is said then still begins and ends as it is.
    if b"task_memcg" not in b"".join(limit + below):
        assert kill["limit_cgroup"] == oom_memcg.decode("utf-8", "backslashreplace")
        assert kill["cgroup"] == task_memcg.decode("utf-8", "backslashreplace")


FRAGMENTS = st.sampled_from(
    [INVOKED, SUMMARY, KILLED, GROUP, " killed as a result of limit of /", "oom-kill:constraint=CONSTRAINT_X,"]
    + [",task=", ",pid=7,uid=", ") ", "\n", "\ud800"]
    + ["Killed process 7 (", "total-vm:", "9" * 5000, "kB", "Memory cgroup out of memory: ", "Task in /"]
    + ["Kill process 7 (hog) score 1", "oom_reaper: reaped process 7 (", "oom_memcg=/", ",global_oom,task_memcg=/"]
)


@given(st.lists(st.one_of(FRAGMENTS, st.lists(FRAGMENTS, max_size=6).map("".join), st.text(max_size=20)), max_size=12))
@example(["oom-kill:constraint=CONSTRAINT_X,task=hog,pid=7,uid=", KILLED])
@example(["oom-kill:constraint=CONSTRAINT_NONE,task=hog,pid=7,uid=", KILLED])
def test_no_lines_break_it(messages: list[str]) -> None:
    lines = [Line(message.encode("utf-8", "surrogatepass"), place) for place, message in enumerate(messages)]
    found = oom_kills.merged([oom_kills.kills_in(lines, "kmsg")])
    json.dumps(found, ensure_ascii=False).encode()
