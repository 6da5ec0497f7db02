# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on a kernel of its own: lessons that swap, fault and kill for real, against the kernel's counters and log."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ansible.module_utils
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab.course import LESSONS

from tests.kernels.guest import Guest

HERE = Path(__file__)
MIB = 2**20
PAGE = 4096
DRIFT = 24 * MIB
"""What ssh and Ansible take and give back between two looks."""

HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"
ROOM = {"samples": 2, "interval": 0.1, "percent_max": 50}
"""Half of what this small guest has to give is enough for every lesson."""

SETTINGS = ("/proc/sys/vm/", "/sys/kernel/mm/transparent_hugepage/")
SERVICES = ("/sys/fs/cgroup/system.slice/", "/sys/fs/cgroup/app.slice/")
KILL = "Killed process"
PROGRAM = "PAGE = mmap.PAGESIZ[E]"
"""Stands in the command line of the lab's processes; as a pattern it doesn't find itself."""

WITNESS = f"""
cd /sys/fs/cgroup
grep -s '' /proc/vmstat /proc/meminfo /proc/zoneinfo /proc/sys/vm/* /sys/kernel/mm/transparent_hugepage/* \\
    $PWD/system.slice/[!u]*.service/cgroup.procs $PWD/app.slice/*/cgroup.procs $PWD/app.slice/*/*/cgroup.procs
dmesg
printf 'folder:%s\\n' $PWD/*/ /tmp/*fleet-memory* /var/tmp/*fleet-memory*
grep -lsa '{PROGRAM}' /proc/[0-9]*/cmdline
true
"""


class Look(NamedTuple):
    """What the guest's own tools say at one moment: the lines that WITNESS prints."""

    lines: list[str]

    def of(self, *beginnings: str) -> list[str]:
        return [line for line in self.lines if line.startswith(beginnings)]

    def counter(self, name: str) -> int:
        (line,) = self.of(f"/proc/vmstat:{name} ")
        return int(line.split()[1])

    def memory(self, name: str) -> int:
        """In bytes."""
        (line,) = self.of(f"/proc/meminfo:{name}:")
        return int(line.split()[1]) * 1024

    @property
    def kills(self) -> list[str]:
        """The kernel's lines on processes that it has killed."""
        return [line for line in self.lines if KILL in line]

    @property
    def available(self) -> int:
        """What programs could have, those pages included that each processor keeps aside for a while."""
        aside = sum(int(line.split()[-1]) for line in self.of("/proc/zoneinfo:") if " count: " in line)
        return self.memory("MemAvailable") + aside * PAGE

    @property
    def swap_used(self) -> int:
        return self.memory("SwapTotal") - self.memory("SwapFree")

    def rest(self) -> list[str]:
        """What no lesson changes for good: settings, services, cgroups, files; and that no process is left."""
        assert len(self.of(*SETTINGS)) > 30 and len(self.of(*SERVICES)) > 5
        assert [line for line in self.lines if line.endswith("/cmdline")] == []
        return self.of("folder:", *SETTINGS, *SERVICES)


class Held(NamedTuple):
    """What the module returned of a lesson, with a look before and a look after."""

    result: dict[str, Any]
    before: Look
    after: Look

    def figure(self, what: str) -> Any:
        (found,) = [each["value"] for each in self.result["evidence"] if each["what"] == what]
        return found

    def grew(self, counter: str) -> int:
        return self.after.counter(counter) - self.before.counter(counter)


def luggage() -> bytes:
    """A zip file of the module and all that it imports."""
    plugins = Path(__file__).parents[2] / "plugins"
    core = Path(ansible.module_utils.__file__ or "").parent
    memory = "ansible_collections/fleet/memory/plugins"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in "ansible", "ansible_collections", "ansible_collections/fleet", Path(memory).parent, memory:
            archive.writestr(f"{package}/__init__.py", "__version__ = __author__ = ''")
        for folder, name in (core, "ansible/module_utils"), (plugins / "module_utils", f"{memory}/module_utils"):
            for file in folder.rglob("*.py"):
                archive.write(file, name / file.relative_to(folder))
        archive.writestr(f"{memory}/modules/__init__.py", "")
        archive.write(plugins / "modules" / "lab.py", f"{memory}/modules/lab.py")
    return packed.getvalue()


def hold(guest: Guest, lessons: list[str], user: str = "root") -> dict[str, Held]:
    """Holds the lessons one after the other, with a look before and after each, and checks that nothing is left.

    Emulated, a run of Ansible's wrapper costs seconds, most of them for compiling: here the module is imported once.
    """
    asked = [*({"lesson": name, **ROOM} for name in lessons), {"phase": "check"}]
    about = {"asked": asked, "witness": WITNESS, "zip": base64.b64encode(luggage())}
    script = HERE.with_name("lab_lessons.py").read_text().replace("ABOUT = {}", f"ABOUT = {about}")
    printed = guest.run("python3 -", user, script)
    results, looks = (json.loads(printed)[key] for key in ("results", "looks"))
    assert results.pop() == {"changed": False, "left": []}
    assert [result["name"] for result in results] == lessons
    return {
        result["name"]: Held(result, Look(before), Look(after))
        for result, (before, after) in zip(results, itertools.pairwise(looks[:-1]), strict=True)
    }


@pytest.fixture(scope="module", autouse=True)
def as_it_was(guest: Guest) -> Iterator[None]:
    """What was pushed to swap comes back."""
    yield
    guest.run("swapoff --all && swapon --all")


@pytest.fixture(scope="module")
def course(guest: Guest) -> Iterator[dict[str, Held]]:
    """All lessons, as root, while the kernel makes huge pages of all that it can."""
    mode = guest.run("cat " + HUGE_PAGES).partition("[")[2].partition("]")[0]
    try:
        guest.run("echo always > " + HUGE_PAGES)
        held = hold(guest, list(LESSONS))
    finally:
        guest.run(f"echo {mode} > {HUGE_PAGES}")
    yield held


@pytest.fixture(scope="module")
def of_alice(guest: Guest) -> dict[str, Held]:
    """Some lessons, as an ordinary user, on the guest as it has booted."""
    return hold(guest, ["page_faults", "minor_faults", "huge_pages", "swappiness", "oom_kill", "major_faults"], "alice")


def test_the_whole_course_holds(guest: Guest, course: dict[str, Held]) -> None:
    assert len(course) == 19
    results = {name: each.result for name, each in course.items()}
    assert {name: result["note"] for name, result in results.items() if result["held"] is False} == {}
    without = {name: result["not_applicable"] for name, result in results.items() if result["held"] is None}
    # Linux 6.9 brought a swappiness for a single request.
    release = tuple(map(int, guest.run("uname -r").split(".")[:2]))
    assert set(without) == (set() if release >= (6, 9) else {"swappiness"}), without


def test_the_course_leaves_the_guest_as_it_was(course: dict[str, Held]) -> None:
    before, after = course["total_memory"].before, course["oom_kill"].after
    assert after.rest() == before.rest()
    assert after.available > before.available - DRIFT
    assert after.swap_used < before.swap_used + 4 * MIB


def test_swappiness(course: dict[str, Held]) -> None:
    """Swaps for real where it should, not at all where it should not, and the host's own value stays."""
    lesson = course["swappiness"]
    assert lesson.before.of("/proc/sys/vm/swappiness:") == ["/proc/sys/vm/swappiness:17"]
    assert lesson.after.rest() == lesson.before.rest()
    if lesson.result["not_applicable"]:
        pytest.skip(lesson.result["not_applicable"])
    assert lesson.result["held"] is True
    assert lesson.figure("vm.swappiness") == 17
    assert lesson.figure("swapped out with 0") == 0
    swapped = lesson.figure("swapped out with 100")
    assert 8 * MIB < swapped <= lesson.grew("pswpout") * PAGE < 2 * swapped
    assert lesson.after.swap_used < lesson.before.swap_used + MIB


def test_major_faults_come_from_swap(course: dict[str, Held]) -> None:
    lesson = course["major_faults"]
    assert (lesson.result["held"], lesson.result["note"]) == (True, None)
    from_file, from_swap = (
        lesson.figure(what)
        for what in ("major faults while the file was read", "major faults while they were read back")
    )
    swapped = lesson.figure("pages swapped out")
    assert from_file > 0 and from_swap > 0
    assert MIB // PAGE < swapped <= lesson.grew("pswpout")
    # A fault brings in one page at least.
    assert from_swap <= lesson.grew("pswpin")
    assert from_file + from_swap <= lesson.grew("pgmajfault")
    # The kernel counted hardly any swapping in the lesson before.
    assert course["minor_faults"].grew("pswpin") < from_swap


def test_one_process_is_killed_and_no_other(course: dict[str, Held]) -> None:
    for name, lesson in course.items():
        assert lesson.grew("oom_kill") == (1 if name == "oom_kill" else 0), name
    lesson = course["oom_kill"]
    assert lesson.result["held"] is True
    assert (lesson.figure("signal"), lesson.figure("kills that the cgroup counted")) == (9, 1)
    earlier = lesson.before.kills
    (logged,) = lesson.after.kills[len(earlier) :]
    assert lesson.after.kills[: len(earlier)] == earlier
    told = re.search(r"Killed process (\d+) \((.+)\), constraint cgroup, cgroup (\S+)$", lesson.result["output"][-1])
    assert told, lesson.result["output"]
    assert f"Memory cgroup out of memory: Killed process {told[1]} ({told[2]}) " in logged
    assert logged.endswith(" oom_score_adj:1000")
    assert told[3].startswith("/fleet-memory-lab-")
    assert lesson.after.rest() == lesson.before.rest()


@pytest.mark.parametrize("name", ["page_faults", "minor_faults"])
def test_a_fault_for_each_page(course: dict[str, Held], of_alice: dict[str, Held], name: str) -> None:
    """Whether the kernel makes huge pages of whatever it can, or of what the guest lets it."""
    what = {"page_faults": "minor faults", "minor_faults": "minor faults of the first touch"}[name]
    pages = {"page_faults": "pages touched", "minor_faults": "pages"}[name]
    for lesson in course[name], of_alice[name]:
        assert lesson.result["held"] is True
        assert 8 * MIB // PAGE <= lesson.figure(pages) <= lesson.figure(what) <= lesson.grew("pgfault")
        assert lesson.figure("major faults") == 0


def test_huge_pages(course: dict[str, Held]) -> None:
    lesson = course["huge_pages"]
    assert (lesson.result["held"], lesson.result["not_applicable"]) == (True, None)
    huge = lesson.figure("in huge pages")
    assert 8 * MIB <= huge <= lesson.grew("thp_fault_alloc") * 2 * MIB
    assert lesson.figure("faults with huge pages") < lesson.figure("faults with small pages") / 10
    assert lesson.figure("faults with small pages") <= lesson.grew("pgfault")


def test_huge_pages_as_the_guest_has_them(guest: Guest, of_alice: dict[str, Held]) -> None:
    mode = guest.run("cat " + HUGE_PAGES).strip()
    switched_off = f"transparent huge pages are switched off: {mode}"
    result = of_alice["huge_pages"].result
    expected = (None, switched_off) if "[never]" in mode else (True, None)
    assert (result["held"], result["not_applicable"]) == expected


def test_an_ordinary_user_is_told_what_needs_root(of_alice: dict[str, Held]) -> None:
    told = {name: (each.result["held"], each.result["not_applicable"]) for name, each in of_alice.items()}
    assert told["swappiness"] == (None, "only root may make a memory cgroup; vm.swappiness = 17 here")
    assert told["oom_kill"] == (None, "only root may make a memory cgroup")
    assert told["major_faults"] == (True, None)
    assert of_alice["major_faults"].result["note"].startswith("only root may make a memory cgroup")
    assert of_alice["major_faults"].figure("pages swapped out") is None
    assert of_alice["oom_kill"].grew("oom_kill") == 0
    assert of_alice["major_faults"].after.rest() == of_alice["page_faults"].before.rest()


# Takes what can't be swapped out until less is available than the lab wants.
HOG = """
import ctypes, re, time
def known():
    with open("/proc/meminfo") as file:
        return {key: int(size) << 10 for key, size in re.findall("(Mem[A-Z][A-Za-z]+): +([0-9]+)", file.read())}
ctypes.CDLL(None).mlockall(3)
held = []
while known()["MemAvailable"] > known()["MemTotal"] * 8 // 100:
    held.append(bytearray(4 << 20))
open("/run/pressure", "w").close()
time.sleep(1e6)
"""


def test_no_course_under_pressure(guest: Guest) -> None:
    begin: dict[str, Any] = {"phase": "begin"}
    try:
        guest.run(f"systemd-run --quiet --unit=pressure -p OOMScoreAdjust=1000 python3 -c '{HOG}'")
        guest.run("timeout 60 sh -c 'until test -e /run/pressure; do sleep 0.2; done'")
        with pytest.raises(AssertionError, match="the lab doesn't begin on a host under pressure: ") as refused:
            guest.module("lab", **begin)
        total = int(guest.run("awk '/^MemTotal/{print int($2 / 1024)}' /proc/meminfo"))
        figures = re.search(
            r"pressure: (?:(\d+) MiB of (\d+) MiB are available; the lab begins with 10 %"
            r"|programs wait for memory (\d+)\.\d % of the time \(avg10\); the lab begins below 10 %)",
            str(refused.value),
        )
        assert figures, str(refused.value)
        if figures[2]:
            assert int(figures[2]) == total and 0 <= int(figures[1]) < total / 10
        else:
            assert 10 <= int(figures[3]) <= 100
    finally:
        guest.run("systemctl stop pressure.service; systemctl reset-failed; rm -f /run/pressure")
    end = time.monotonic() + 60
    while float(guest.run("sed -n 's/some avg10=\\([0-9.]*\\).*/\\1/p' /proc/pressure/memory")) > 5:
        assert time.monotonic() < end
        time.sleep(1)
    assert guest.module("lab", **begin)["allowance_bytes"] > 20 * MIB
