# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each row on a captured host: where it applies, where it doesn't and where it's unknown differ in what matters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import process_memory
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.diagnosis import KINDS, rules

from tests.support.changed_host import ChangedHost
from tests.support.diagnosed_host import SECONDS, diagnosed
from tests.support.host_steps import (
    IDLE_SWAPPER,
    NO_KILL_COUNT,
    NO_PRESSURE,
    NO_SWAP,
    STRICT,
    Step,
    address_space,
    change,
    container,
    counter,
    kernel_log,
    meminfo,
    remove,
    stalled,
    write,
)

DEBIAN = "linux-6.12-debian-13"

SWAPPER = 501
DATABASE = 330

RSS_KIB = {1: 14096, 330: 29072, 336: 1808, 353: 7764, 493: 8716, 497: 8708, 501: 26112, 504: 1900}


def status(pid: int, **kib: int) -> Step:
    return lambda host: host.keys(f"/proc/{pid}/status", **kib)


def rollup(pid: int, **kib: int) -> Step:
    return lambda host: host.keys(f"/proc/{pid}/smaps_rollup", **kib)


def grows(pid: int, kib: int, anon: int = 23248) -> Step:
    """By ``kib`` of anonymous memory, held as never before. The process is the database."""

    def step(host: ChangedHost) -> None:
        host.keys(f"/proc/{pid}/status", RssAnon=anon + kib, VmRSS=29072 + kib, VmHWM=29072 + kib)
        host.keys(f"/proc/{pid}/smaps_rollup", Rss=29072 + kib)

    return step


def started(seconds_ago: float) -> Step:
    """The database, by the clock of whoever runs this."""

    def step(host: ChangedHost) -> None:
        host.change("/proc/stat", r"^btime \d+", f"btime {int(time.time() - seconds_ago)}")
        host.change(f"/proc/{DATABASE}/stat", r" 0 1 0 2555 ", " 0 1 0 0 ")

    return step


def waited(percent: float) -> Step:
    return stalled(int(percent * SECONDS * 10_000))


def major(per_second: float) -> Step:
    return counter("pgmajfault", 527 + round(per_second * SECONDS))


def minor(per_second: float) -> Step:
    """The kernel's pgfault counts both kinds."""
    return counter("pgfault", 695220 + round(per_second * SECONDS))


def refaults(per_second: float) -> Step:
    return counter("workingset_refault_file", round(per_second * SECONDS))


def swapped(counter_name: str, begin: int, bytes_per_second: float) -> Step:
    return counter(counter_name, begin + round(bytes_per_second * SECONDS / 4096))


def used_swap(kib: int) -> Step:
    return meminfo(SwapFree=122868 - kib)


def no_limits(host: ChangedHost) -> None:
    """No cgroup has a memory.max."""
    for path in host.at("/sys/fs/cgroup").rglob("memory.max"):
        path.write_text("max\n")


def no_vm_counter(name: str) -> Step:
    return change("/proc/vmstat", rf"^{name} \d+\n", "")


def nothing_shared(host: ChangedHost) -> None:
    for pid, kib in RSS_KIB.items():
        host.keys(f"/proc/{pid}/smaps_rollup", Pss=kib)


def no_rollups(host: ChangedHost) -> None:
    """In a container, which knows no total, the sum then lies anywhere between nothing and RSS."""
    for pid in RSS_KIB:
        host.remove(f"/proc/{pid}/smaps_rollup")


HOST_DIES = kernel_log(99)


def no_swap_figure(host: ChangedHost) -> None:
    host.change(f"/proc/{SWAPPER}/status", r"^VmSwap:.*\n", "")
    host.change(f"/proc/{SWAPPER}/smaps_rollup", r"^Swap:.*\n", "")


GONE_BOOT_ID = remove("/proc/sys/kernel/random/boot_id")
BOOTED = write("/proc/sys/kernel/random/boot_id", "0d0e4a6e-5e1c-4b52-8c55-0123456789ab")

Case = tuple[str, bool | None, list[Step], list[Step]]

OUT_OF_MEMORY: list[Case] = [
    ("out-of-memory", True, [], []),  # swapper.service lives at its limit
    ("out-of-memory", False, [IDLE_SWAPPER], []),
    ("out-of-memory", False, [IDLE_SWAPPER, meminfo(MemAvailable=47456)], []),
    ("out-of-memory", True, [IDLE_SWAPPER, meminfo(MemAvailable=47408)], []),
    ("out-of-memory", True, [IDLE_SWAPPER], [meminfo(MemAvailable=1000)]),  # as it is in the end
    ("out-of-memory", False, [IDLE_SWAPPER, meminfo(Committed_AS=350000)], []),
    ("out-of-memory", True, [IDLE_SWAPPER, STRICT, meminfo(Committed_AS=350000)], []),
    ("out-of-memory", False, [IDLE_SWAPPER, STRICT], []),
    ("out-of-memory", None, [IDLE_SWAPPER, meminfo(Committed_AS=350000), remove("/proc/sys/vm/overcommit_memory")], []),
    ("out-of-memory", None, [IDLE_SWAPPER, change("/proc/meminfo", r"^MemFree:.*\n", ""),
                             change("/proc/meminfo", r"^MemAvailable:.*\n", "")], []),
]  # fmt: skip

LEAK: list[Case] = [
    ("leak", False, [], []),
    ("leak", False, [], [grows(DATABASE, 2550)]),
    ("leak", True, [], [grows(DATABASE, 2560)]),  # 256 KiB per second
    ("leak", False, [], [grows(DATABASE, 9000), status(DATABASE, VmHWM=99999)]),  # it has held far more
    ("leak", True, [], [status(SWAPPER, VmSwap=23448 + 4000, RssAnon=20276), rollup(SWAPPER, Swap=23448 + 4000)]),
    ("leak", None, [], [BOOTED]),
    ("leak", None, [GONE_BOOT_ID], []),
    ("leak", None, [], [no_swap_figure]),
]

SLOW: list[Case] = [
    ("slow", False, [], []),
    ("slow", False, [], [waited(9.9)]),
    ("slow", True, [], [waited(10)]),
    ("slow", False, [], [major(100), waited(0.9)]),  # programs are read for the first time
    ("slow", True, [], [major(100), waited(1)]),
    ("slow", False, [], [major(99), waited(1)]),
    ("slow", True, [], [refaults(1000), waited(1)]),
    ("slow", False, [], [refaults(999), waited(1)]),
    ("slow", True, [NO_PRESSURE], [major(100)]),
    ("slow", True, [NO_PRESSURE], [refaults(1000)]),
    ("slow", False, [NO_PRESSURE], [major(99)]),
    ("slow", None, [no_vm_counter("pgmajfault")], []),
]

KILLED: list[Case] = [
    ("killed", True, [], []),
    ("killed", False, [counter("oom_kill", 0)], []),
    ("killed", True, [counter("oom_kill", 0)], [counter("oom_kill", 1)]),
    ("killed", True, [NO_KILL_COUNT, HOST_DIES], []),
    ("killed", False, [NO_KILL_COUNT, kernel_log(3)], []),
    ("killed", None, [NO_KILL_COUNT], []),
]

HIGH_SWAP: list[Case] = [
    ("high-swap", False, [], []),  # it is used, and lies still
    ("high-swap", True, [], [swapped("pswpin", 51, 65536)]),
    ("high-swap", True, [], [swapped("pswpout", 676, 65536)]),
    ("high-swap", False, [], [swapped("pswpin", 51, 65000)]),
    ("high-swap", False, [used_swap(12000)], [swapped("pswpin", 51, 99999)]),
    ("high-swap", False, [NO_SWAP], [swapped("pswpin", 51, 99999)]),
    ("high-swap", None, [no_vm_counter("pswpin")], []),
    ("high-swap", None, [change("/proc/meminfo", r"^SwapTotal:.*\n", "")], []),
]

MISTAKES: list[Case] = [
    ("vsz-for-rss", False, [], []),
    ("vsz-for-rss", True, [status(SWAPPER, VmSize=9 << 20)], []),
    ("vsz-for-rss", None, [change("/proc/meminfo", r"^MemTotal:.*\n", "")], []),
    ("swap-ignored", True, [], []),
    ("swap-ignored", True, [used_swap(1400)], []),
    ("swap-ignored", False, [used_swap(1300)], []),  # less than 1 % of 135 MiB
    ("swap-ignored", False, [NO_SWAP], []),
    ("swap-ignored", None, [change("/proc/meminfo", r"^SwapFree:.*\n", "")], []),
    ("ulimit-for-ram", True, [], []),  # nobody has one, and memory.max binds
    ("ulimit-for-ram", False, [no_limits], []),
    ("ulimit-for-ram", True, [no_limits, address_space(9 << 30), rollup(DATABASE, Rss=9000)], []),
    ("ulimit-for-ram", False, [no_limits, address_space(9 << 30)], []),  # of 34 MiB VSZ 28 are in RAM
    ("ulimit-for-ram", None, [no_limits, remove(f"/proc/{DATABASE}/limits")], []),
    ("faults-alike", False, [], []),
    ("faults-alike", True, [], [minor(1000)]),
    ("faults-alike", False, [], [minor(999)]),
    ("faults-alike", True, [], [minor(200), major(100)]),
    ("faults-alike", None, [no_vm_counter("pgfault")], []),
    ("shared-twice", True, [], []),
    ("shared-twice", False, [nothing_shared], []),
    ("shared-twice", None, [container, no_rollups], []),
]  # fmt: skip

CASES = [*OUT_OF_MEMORY, *LEAK, *SLOW, *KILLED, *HIGH_SWAP, *MISTAKES]


def row(diagnosis: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in diagnosis["rows"] if each["row"] == name]
    return found


@pytest.mark.parametrize(("name", "applies", "before", "meanwhile"), CASES)
def test_a_row(
    name: str,
    applies: bool | None,
    before: list[Step],
    meanwhile: list[Step],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, before, meanwhile), name)
    assert found["applies"] is applies, found
    assert bool(found["meaning"]) is bool(found["what_to_do"]) is (applies is True)
    if NO_PRESSURE not in before and NO_KILL_COUNT not in before:
        assert "unknown" not in (found["meaning"] or "").replace("whose victims stay unknown", "")
    assert "can't be evaluated" not in (found["reason"] or "")
    if applies is None:
        assert found["reason"]


def test_every_row_is_tried_three_ways() -> None:
    tried = {(name, applies) for name, applies, _before, _meanwhile in CASES}
    assert tried == {(rule["id"], applies) for rule in rules()[0] for applies in (True, False, None)}


def test_there_are_five_rows_of_each_kind() -> None:
    kinds = [kind for rule in rules()[0] for kind in KINDS if kind in rule["tags"]]
    assert kinds == ["trouble"] * 5 + ["mistake"] * 5


def test_who_leaks_is_named_with_how_long_memory_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, [], [grows(DATABASE, 10240)]), "leak")
    (leaking,) = found["figures"]["leaking"]
    assert (leaking["command"], leaking["pid"], leaking["unit"]) == ("python3", DATABASE, "db.service")
    assert leaking["grown_bytes_per_second"] == 1 << 20
    assert found["meaning"].startswith("Over 10.0 s processes that hold more than ever have grown: 1, together by 1.00")
    assert found["figures"]["lasts_seconds"] == pytest.approx(335764 / 1024, abs=0.01)


def test_whose_limit_killed_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, [HOST_DIES]), "killed")
    last = found["figures"]["last"][0]
    assert last["victim"] and last["pid"] and last["at"].startswith("20") and last["limit_of"].startswith("/")


def test_in_a_container_the_machines_kills_are_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, [container, counter("oom_kill", 900)]), "killed")
    assert found["figures"]["kills"] < 900


def test_a_process_that_has_just_started_is_still_starting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    young = diagnosed(DEBIAN, tmp_path / "a", monkeypatch, [started(5)], [grows(DATABASE, 9000)])
    older = diagnosed(DEBIAN, tmp_path / "b", monkeypatch, [started(15)], [grows(DATABASE, 9000)])
    assert (row(young, "leak")["applies"], row(older, "leak")["applies"]) == (False, True)


@pytest.mark.parametrize("name", ["leak", "shared-twice", "ulimit-for-ram", "vsz-for-rss"])
def test_whom_the_host_hides_may_have_what_was_not_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_memory, "hides_processes", lambda _files: True)
    quiet: list[Step] = [no_limits, status(SWAPPER, VmSize=1)]
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, quiet, rss_percent=200), name)
    assert found["applies"] is None


def test_the_inventory_sets_the_thresholds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing = diagnosed(DEBIAN, tmp_path, monkeypatch, [], [grows(DATABASE, 100)], leak_bytes_per_second="9000")
    assert row(growing, "leak")["applies"] is True


def test_a_threshold_that_is_none_makes_the_row_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = row(diagnosed(DEBIAN, tmp_path, monkeypatch, leak_bytes_per_second="much"), "leak")
    assert found["applies"] is None
    assert "memory_policy_diagnose_leak_bytes_per_second of host h must be a whole number" in found["reason"]


def test_a_reboot_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diagnosis = diagnosed(DEBIAN, tmp_path, monkeypatch, [], [BOOTED])
    assert diagnosis["seconds"] is None
    assert "started again between the two snapshots" in row(diagnosis, "leak")["reason"]
