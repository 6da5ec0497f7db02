# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on this machine: each lesson is really held, a killed one leaves nothing, and the course makes a page."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._lab.course import LESSONS, STEPS
from ansible_collections.fleet.memory.plugins.module_utils._lab.program import argv
from ansible_collections.fleet.memory.plugins.modules import lab

from tests.support.lab_process import ORDINARY_USER, PYTHON, Process, children, family, results, start, traces
from tests.support.live import in_a_quiet_moment, said
from tests.support.live import run as witness
from tests.support.return_doc import assert_documented

MIB = 1 << 20
ROOT = os.geteuid() == 0
ME = os.geteuid()
FOLDER = Path(f"/tmp/fleet-memory-lab-{ME}")
TITLES = [lesson.LESSON.title for lesson in LESSONS.values()]
QUICK = {"samples": 3, "interval": 0.05}

# The lessons.

NO_CGROUP = "a memory cgroup can't be made here|this host has no memory cgroups"

MAY_BE_MISSING = {
    "major_faults": "lies on a file system that keeps its files in memory$",
    "huge_pages": "transparent huge pages|had no huge page free",
    "swappiness": f"the host has no swap, so that swappiness|the whole host's|{NO_CGROUP}",
    "oom_kill": NO_CGROUP,
}
"""What depends on the machine, with its excuses. All other lessons can be held everywhere."""

NEEDS_ROOT = {
    "swappiness": r"the host has no swap, so that swappiness|only root may make a memory cgroup; vm\.swappiness = \d+",
    "oom_kill": "^only root may make a memory cgroup$",
}


class Course(NamedTuple):
    """All lessons as one user held them; how often the kernel has killed meanwhile."""

    user: int
    lessons: dict[str, dict[str, Any]]
    kills: int

    def figures(self, name: str) -> dict[str, Any]:
        return {each["what"]: each["value"] for each in self.lessons[name]["evidence"]}


def kills() -> int:
    return int(re.findall(r"^oom_kill (\d+)$", Path("/proc/vmstat").read_text(), re.MULTILINE)[0])


@pytest.fixture(scope="module", params=["root", "ordinary user"])
def course(request: pytest.FixtureRequest) -> Course:
    other = ORDINARY_USER if ROOT and request.param != "root" else None
    if request.param == "root" and not ROOT:
        pytest.skip("needs root")
    if other and not os.access(PYTHON, os.X_OK):
        pytest.skip("needs a Python for everybody")
    before = kills()
    found = results(*({"lesson": name, **QUICK} for name in LESSONS), user=other)
    return Course(other or ME, dict(zip(LESSONS, found)), kills() - before)


@pytest.mark.parametrize("name", LESSONS)
def test_each_lesson_is_really_held(course: Course, name: str) -> None:
    lesson = course.lessons[name]
    assert_documented(lesson, "lab")
    assert (lesson["name"], lesson["changed"]) == (name, False)
    excuse = (MAY_BE_MISSING if course.user == 0 else {**MAY_BE_MISSING, **NEEDS_ROOT}).get(name)
    if excuse and lesson["not_applicable"]:
        assert re.search(excuse, lesson["not_applicable"])
        assert (lesson["held"], lesson["output"], lesson["evidence"]) == (None, [], [])
        return
    assert lesson["held"] is True, lesson
    assert lesson["not_applicable"] is None
    assert lesson["evidence"] and 0 < len(lesson["output"]) <= 40
    assert all(line.isprintable() and len(line) <= 200 for line in lesson["output"])
    assert 0 < lesson["seconds"] < 30 and lesson["allowance_bytes"] > 0


def test_a_course_leaves_nothing_behind(course: Course) -> None:
    assert traces(course.user) == []


def test_what_needs_root_says_so(course: Course) -> None:
    if course.user == 0:
        pytest.skip("root may")
    for name, reason in NEEDS_ROOT.items():
        assert re.search(reason, course.lessons[name]["not_applicable"])


def test_the_steps_have_their_numbers(course: Course) -> None:
    numbers = [lesson["number"] for lesson in course.lessons.values()]
    assert numbers == [*range(1, 11), *[None] * 9] and len(STEPS) == 10


def test_the_total_is_that_of_free_and_of_the_c_library(course: Course) -> None:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert int(witness("free", "-b").splitlines()[1].split()[1]) == total
    assert course.figures("total_memory")["total by free"] == course.figures("meminfo")["MemTotal"] == total
    assert course.lessons["total_memory"]["output"][1].startswith("Mem:")


def test_the_largest_process_is_that_of_ps() -> None:
    def check() -> None:
        [lesson] = results({"lesson": "top_processes"})
        pid, rss = witness("ps", "-eo", "pid=,rss=", "--sort=-rss").split()[:2]
        found = {each["what"]: each["value"] for each in lesson["evidence"]}
        assert found["its PID"] == int(pid)
        assert found["RSS of the first by ps"] == pytest.approx(int(rss) * 1024, rel=0.1)

    in_a_quiet_moment(check)


def test_ps_saw_the_array_grow_as_the_kernel_did(course: Course) -> None:
    before, after = (line.split() for line in course.lessons["bash_array"]["output"])
    figures = course.figures("bash_array")
    assert before[1] == after[1] and (before[0], after[0]) == ("before:", "after:")
    assert (int(after[2]) - int(before[2])) * 1024 == pytest.approx(figures["VSZ grew by"], abs=MIB)
    assert (int(after[3]) - int(before[3])) * 1024 == pytest.approx(figures["RSS grew by"], abs=MIB)
    assert figures["RSS grew by"] > 10 * figures["words"]


def test_awk_counted_the_faults_that_the_lab_did(course: Course) -> None:
    before, after = (line.split() for line in course.lessons["page_faults"]["output"])
    assert before[0::2][:3] == ["before:", before[2], before[4]] and before[1::2] == ["minor", "major"]
    figures = course.figures("page_faults")
    assert int(after[2]) - int(before[2]) == pytest.approx(figures["minor faults"], abs=5)
    assert figures["pages touched"] * os.sysconf("SC_PAGESIZE") == 8 * MIB


def test_ten_processes_share_a_mebibyte(course: Course) -> None:
    figures = course.figures("rss_and_pss")
    assert figures["sum of RSS"] == 10 * MIB
    assert figures["sum of PSS"] == pytest.approx(MIB, abs=10 * os.sysconf("SC_PAGESIZE"))


def test_the_kernel_counted_the_kill(course: Course) -> None:
    lesson = course.lessons["oom_kill"]
    if lesson["not_applicable"]:
        pytest.skip(lesson["not_applicable"])
    assert course.kills >= 1
    assert course.figures("oom_kill")["signal"] == signal.SIGKILL


@pytest.mark.parametrize("name", ["watch", "leak"])
def test_series_have_a_moment_for_each_point(course: Course, name: str) -> None:
    for series in course.lessons[name]["series"]:
        assert len(series["points"]) == len(series["at_seconds"]) >= 4
        assert series["at_seconds"] == sorted(series["at_seconds"])
    if name == "leak":
        vsz = course.lessons[name]["series"][0]["points"]
        assert vsz == sorted(set(vsz)) and vsz[-1] - vsz[0] == course.figures("leak")["VSZ grew by"]


# A module that is killed.


class Moment(NamedTuple):
    """When a lesson has so many processes, which hold so many bytes, or a cgroup; and what it leaves then."""

    lesson: str
    processes: int = 0
    size: int = 0
    cgroup: bool = False
    leaves: str = rf"folder {FOLDER}"

    def has_come(self, pid: int) -> bool:
        if not FOLDER.exists() or (self.cgroup and len(traces(ME)) < 2):
            return False
        relatives = family(pid)
        return len(relatives) >= self.processes and sum(each.rss_bytes for each in relatives) >= self.size


MOMENTS = [
    *(Moment("rss_and_pss", processes, leaves=rf"file {FOLDER}/shared-\d+") for processes in (1, 4, 10)),
    Moment("leak"),
    Moment("leak", 1),
    Moment("leak", 1, 20 * MIB),
    Moment("watch"),
    Moment("watch", 1),
    Moment("watch", 1, 64 * MIB),
    Moment("oom_kill", cgroup=True, leaves=r"cgroup /sys/fs/cgroup/\S*fleet-memory-lab-\S+"),
    Moment("oom_kill", 1, cgroup=True, leaves=r"cgroup /sys/fs/cgroup/\S*fleet-memory-lab-\S+"),
    Moment("address_space_limit", 1),
    Moment("address_space_limit", 2),
    Moment("bash_array", 1),
    Moment("bash_array", 2),
    Moment("bash_array", 1, 32 * MIB),
]


@pytest.fixture
def phase(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., dict[str, Any]]]:
    """The module's phases; what they return. In the end it is cleaned up in any case."""

    def run(name: str, check: bool = False) -> dict[str, Any]:
        with patch_module_args({"phase": name, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            lab.main()
        return json.loads(capsys.readouterr().out)

    yield run
    run("cleanup")


@pytest.fixture
def bystanders() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that look like the lab's, and are not."""
    with contextlib.ExitStack() as stack:
        started = []
        for command in (
            argv(),
            ["bash", "--noprofile", "--norc"],
            [sys.executable, "-c", "import sys; sys.stdin.read()"],
        ):
            process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            stack.callback(process.kill)
            started.append(process)
        yield started


def killed(moment: Moment) -> list[Process]:
    """Kill a module as soon as the moment has come, and give the processes that it had. Short moments are missed."""
    for _try in range(5):
        with start({"lesson": moment.lesson, "samples": 20, "interval": 0.1}) as module:
            while module.poll() is None:
                if moment.has_come(module.pid):
                    module.send_signal(signal.SIGSTOP)
                    relatives = family(module.pid)
                    if len(relatives) >= moment.processes:
                        kill(module.pid)
                        return relatives
                    module.send_signal(signal.SIGCONT)
    raise AssertionError("the moment never came")


def kill(pid: int) -> None:
    """Kill a module that is stopped. Its children are stopped first: nothing but the kernel can end them then."""
    own = Process(pid, None).argv
    for child in children(pid):
        # Who has only been forked is not yet what it will be, and sees for itself that its parent is gone.
        if child.argv != own:
            child.send(signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda each: f"{each.lesson}-{each.processes}-{each.size >> 20}MiB")
def test_a_killed_module_leaves_no_process_and_the_next_cleanup_the_rest(
    moment: Moment, phase: Callable[..., dict[str, Any]], bystanders: list[subprocess.Popen[bytes]]
) -> None:
    if moment.lesson == "oom_kill" and not ROOT:
        pytest.skip("needs root")
    relatives = killed(moment)
    try:
        until = time.monotonic() + 5
        while any(each.alive for each in relatives) and time.monotonic() < until:
            time.sleep(0.01)
        assert [each for each in relatives if each.alive] == []
    finally:
        for each in relatives:
            each.send(signal.SIGKILL)
    assert FOLDER.exists()

    told = phase("cleanup", check=True)
    assert (told["changed"], told["removed"]) == (True, [])
    assert phase("check")["failed"]
    assert re.fullmatch(moment.leaves, "; ".join(told["left"]))
    done = phase("cleanup")
    assert (done["removed"], done["left"], done["changed"]) == (told["left"], [], True)
    assert traces(ME) == []
    assert phase("check")["left"] == []
    assert [each.poll() for each in bystanders] == [None] * 3


# The playbook.


class Playbook:
    """fleet.memory.lab for this machine; its page lies below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports = folder / "reports" / "lab"

    def run(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {
            "ansible_python_interpreter": sys.executable,
            "memory_lab_samples": 2,
            "memory_lab_interval": 0.1,
        }
        command = [Path(sys.executable).with_name("ansible-playbook"), "fleet.memory.lab", "-i", "one,", "-c", "local"]
        return subprocess.run(
            [*command, "-e", json.dumps(variables), *options],
            cwd=self.folder,
            env={**os.environ, "ANSIBLE_PIPELINING": "True", "HOME": str(self.folder), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def lessons(self) -> list[dict[str, Any]]:
        """The lessons of the page; both files have them."""
        found = json.loads((self.reports / "one.json").read_text())["lessons"]
        headings = re.findall(r'<h2 id="(\w+)"', (self.reports / "one.html").read_text())
        assert headings == [lesson["name"] for lesson in found]
        return found


@pytest.fixture
def playbook(tmp_path: Path) -> Playbook:
    return Playbook(tmp_path)


def test_step_by_step_makes_one_page(playbook: Playbook) -> None:
    answer = playbook.run("-t", "step7")
    assert answer.returncode == 0, said(answer)
    assert "one: Step 7. Allocating memory in bash" in answer.stdout and "Step 2." not in answer.stdout
    [seventh] = playbook.lessons()
    assert (seventh["name"], seventh["held"]) == ("bash_array", True)

    # Also where Ansible is told not to lay facts at the top level, which will be its default.
    answer = playbook.run("-t", "step2", ANSIBLE_INJECT_FACT_VARS="False")
    assert answer.returncode == 0, said(answer)
    assert [lesson["name"] for lesson in playbook.lessons()] == ["meminfo", "bash_array"]
    assert playbook.lessons()[1] == seventh
    assert f"Report: {playbook.reports}/one.html" in answer.stdout
    assert traces(ME) == []


def test_check_mode_explains_everything_and_leaves_no_trace(playbook: Playbook) -> None:
    answer = playbook.run("--check")
    assert answer.returncode == 0, said(answer)
    for title in TITLES:
        assert re.search(rf"^one: (Step \d+\. )?{re.escape(title)}$", answer.stdout, re.MULTILINE), title
    assert answer.stdout.count("Held: not tried") == len(LESSONS)
    assert "Held: yes" not in answer.stdout and "changed=0" in answer.stdout
    assert not playbook.reports.exists() and traces(ME) == []


def test_an_exercise_is_checked_in_place_of_the_course(playbook: Playbook) -> None:
    answer = playbook.run("-e", "exercise=1")
    assert answer.returncode == 2
    assert "exercise 1, The host's memory, is not solved yet: there is no file ~/memory-lab/1" in said(answer)
    assert "Held:" not in answer.stdout and not playbook.reports.exists()

    (playbook.folder / "memory-lab").mkdir()
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    (playbook.folder / "memory-lab" / "1").write_text(str(total))
    answer = playbook.run("-e", "exercise=1")
    assert answer.returncode == 0, said(answer)
    assert f"one: exercise 1, The host's memory, is solved: the file says {total} kB" in said(answer)
    assert "Held:" not in answer.stdout and not playbook.reports.exists()


def test_the_full_course(playbook: Playbook) -> None:
    answer = playbook.run()
    assert answer.returncode == 0, said(answer)
    lessons = playbook.lessons()
    assert [lesson["name"] for lesson in lessons] == list(LESSONS)
    assert all(lesson["held"] or lesson["not_applicable"] for lesson in lessons)
    assert answer.stdout.count("Held: yes") == len([lesson for lesson in lessons if lesson["held"]]) >= 15
    assert "changed=0" in answer.stdout and "failed=0" in answer.stdout
    page = (playbook.reports / "one.html").read_text()
    assert page.count("<polyline") == sum(len(lesson["series"]) for lesson in lessons) == 4
    assert traces(ME) == []
