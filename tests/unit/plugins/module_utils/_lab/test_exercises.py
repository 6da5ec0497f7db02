# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each exercise is checked both ways: the documented solution, typed into a real bash, passes, and nothing else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab.exercises import EXERCISES, check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SOLUTIONS = (Path(__file__).parents[5] / "docs" / "lab" / "solutions.md").read_text()

NUMBERS = range(1, 11)

SECONDS = 10
"""That a process may take to begin."""


def solution(number: int) -> str:
    section = re.split(r"^## ", SOLUTIONS, flags=re.MULTILINE)[number]
    assert section.startswith(f"{number}. ")
    [block] = re.findall(r"^```bash\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return block


class Shell:
    """A bash that somebody types into. What was started in it goes on until the shell is left."""

    def __init__(self) -> None:
        # A session of its own, whose leader lives to the end: its process group can be ended without hitting others.
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, lines: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{lines}\necho typed\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "typed\n"

    def leave(self) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.communicate()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    shell = Shell()
    yield shell
    shell.leave()


def settled(number: int, solved: bool, words: str = "") -> dict[str, Any]:
    """What the checker says as soon as it says that, or in the end: processes need a moment to begin and to go."""
    until = time.monotonic() + SECONDS
    while True:
        found = check(number)
        if (found["solved"] is solved and re.search(words, found["found"])) or time.monotonic() > until:
            return found
        time.sleep(0.05)


def begin(script: str, home: Path, shell: Shell) -> None:
    """Type it, and wait until all of its processes sleep: one that has only begun holds less than it will."""
    sleeps, ready = "time.sleep(3600)", home / "ready"
    shell.type(script.replace(sleeps, f'open("{ready}", "a").write("x"); {sleeps}'))
    processes = script.count(sleeps) * 2 ** script.count("os.fork()")
    until = time.monotonic() + SECONDS
    while processes and (not ready.exists() or ready.stat().st_size < processes):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_passes_and_fails_before_and_when_it_is_undone(number: int, home: Path, shell: Shell) -> None:
    before = check(number)
    assert before["solved"] is False
    assert re.search(r"there is no file ~/memory-lab/|no process of user \d+ has memory-lab-", before["found"])
    begin(solution(number), home, shell)
    found = settled(number, True)
    assert found == {"number": number, "title": EXERCISES[number - 1].title, "solved": True, "found": found["found"]}
    assert re.search(r"\d", found["found"])
    shell.leave()
    if number in (1, 2):
        (home / "memory-lab" / str(number)).unlink()
    assert settled(number, False)["solved"] is False


@pytest.mark.parametrize("number", [7, 9])
def test_a_process_without_its_answer_fails(number: int, home: Path, shell: Shell) -> None:
    shell.type(solution(number))
    assert settled(number, True)["solved"]
    (home / "memory-lab" / str(number)).unlink()
    assert check(number)["found"] == f"there is no file ~/memory-lab/{number}"


WRONG = [
    (1, ("{print $2}", "{print int($2 / 1024)}"), r"says \d+ kB, and MemTotal is \d+ kB"),
    (2, ("$2 / total * 100", "100 - $2 / total * 100"), r"more than 5 points apart"),
    (3, ('bytearray(b"x") * (50 << 20)', "bytes(50 << 20)"), r"has \d+\.\d MiB in RAM, and 50 to 80"),
    (3, ("50 << 20", "90 << 20"), r"has (9|10)\d\.\d MiB in RAM, and 50 to 80"),
    (4, ("1 << 30", "900 << 20"), r"a VSZ of 1024 MiB or more is asked for"),
    (4, ("time.sleep", 'more = bytearray(b"x") * (50 << 20); time.sleep'), r"an RSS below 50 MiB is asked for"),
    (5, ("-v 1000000", "-v 976563"), r"is 976563 KiB, and 1000000 KiB is asked for"),
    (5, ("ulimit -S -v 1000000", ":"), r"is unlimited, and 1000000 KiB is asked for"),
    (6, ("echo 500", "echo 501"), r"is 501, and 500 is asked for"),
    (7, ("sed 's/.*) //' /proc/$!/stat | awk '{print $8}'", "awk '{print $10}' /proc/$!/stat"), r"more than 100 apart"),
    (7, ("two words", "one"), r"is called 'one', without a blank"),
    (8, ("os.fork(); os.fork()", "pass"), r"shares \d\.\d MiB"),
    (8, ("32 << 20", "2 << 20"), r"shares \d+\.\d MiB.* is [1-5]\d %.*shares \d+\.\d MiB.* is [1-5]\d %"),
    (8, ("os.fork(); os.fork()", "os.fork(); more = kept * 2"), r"shares [34]\d\.\d MiB, and its PSS is [78]\d %"),
    (9, ("-f 1", "-f 2 | cut -d ' ' -f 1"), r"says \w+, and the heap of process \d+ begins at \w+$"),
    (9, ("range(160)", "range(16)"), r"MiB, and 8 are asked for"),
    (10, ("ulimit -S -v 262144; ", ""), r"is unlimited, and 262144 KiB or less is asked for"),
    (10, ("262144", "262145"), r"is 262145 KiB, and 262144 KiB or less is asked for"),
    (10, ("kept.append", "len"), r"grows by 0 KiB a second, and may have 262144 KiB: 100 KiB"),
]


@pytest.mark.parametrize(("number", "change", "words"), WRONG)
def test_something_like_the_solution_fails(
    number: int, change: tuple[str, str], words: str, home: Path, shell: Shell
) -> None:
    assert change[0] in solution(number)
    begin(solution(number).replace(*change), home, shell)
    found = settled(number, False, words)
    assert found["solved"] is False
    assert re.search(words, found["found"])


def test_the_process_of_one_exercise_is_not_that_of_another(shell: Shell) -> None:
    shell.type(solution(10))
    assert settled(10, True)["solved"]
    assert "no process" in check(3)["found"]


def test_one_good_process_among_others_is_enough(shell: Shell) -> None:
    shell.type(solution(3).replace("50 << 20", "5 << 20"))
    shell.type(solution(3))
    assert settled(3, True)["solved"]


def test_processes_that_hold_as_much_each_do_not_share_it(shell: Shell) -> None:
    shell.type(2 * solution(8).replace("os.fork(); os.fork()", "pass"))
    found = settled(8, False, r"shares \d\.\d MiB.*shares \d\.\d MiB")
    assert re.search(r"shares \d\.\d MiB.*shares \d\.\d MiB", found["found"])
    assert not found["solved"]


def test_a_process_that_shares_with_another_exercise_is_alone(home: Path, shell: Shell) -> None:
    (home / "file").write_bytes(b"x" * (32 << 20))
    read = "sum(kept[at] for at in range(0, len(kept), 4096))"
    program = (
        f"import mmap, time; file = open('file', 'r+b'); kept = mmap.mmap(file.fileno(), 0); {read}; time.sleep(3600)"
    )
    shell.type(f'cd; python3 -c "{program}" memory-lab-8 & python3 -c "{program}" memory-lab-18 &')
    words = r"^process \d+ shares 3\d\.\d MiB, and its PSS is [45]\d % of its RSS; asked for are two"
    assert re.search(words, settled(8, False, words)["found"])


def test_a_process_by_its_name(shell: Shell) -> None:
    shell.type("(ulimit -S -v 1000000; exec -a memory-lab-5 sleep 3600) &")
    assert settled(5, True)["solved"]


@pytest.fixture
def folder(home: Path) -> Path:
    folder = home / "memory-lab"
    folder.mkdir()
    return folder


SECRET = "do not tell"


def link(path: Path) -> None:
    (path.parent.parent / "secret").write_text(SECRET)
    path.symlink_to("../secret")


HOSTILE = {
    "a link": (link, r"can't be read: it is a link$"),
    "a link to nothing": (lambda path: path.symlink_to("nothing"), r"can't be read: it is a link$"),
    "a pipe that nobody fills": (os.mkfifo, r"is not a plain file$"),
    "a folder": (os.mkdir, r"is not a plain file$"),
    "empty": (lambda path: path.touch(), r"says ''"),
    "huge": (lambda path: path.write_bytes(b"1" * (1 << 20)), r"has more than 4096 bytes"),
    "a huge number": (lambda path: path.write_bytes(b"1" * 4096), r"says '1{40}\.\.\.', which is not"),
    "binary": (lambda path: path.write_bytes(b"\x00\xff\x1b[2J\n7"), r"says '\\x00\\\\xff\\x1b\[2J\\n7', which is not"),
    "other digits": (lambda path: path.write_text("\u0661\u0662"), r"which is not"),
    "a negative number": (lambda path: path.write_text("-1"), r"says '-1', which is not"),
}


@pytest.mark.parametrize("number", [1, 2, 7, 9])
@pytest.mark.parametrize(("make", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_told_and_no_more(number: int, make: Any, words: str, folder: Path) -> None:
    make(folder / str(number))
    found = check(number)
    assert found["solved"] is False
    assert re.search(words, found["found"])
    assert SECRET not in found["found"]
    assert found["found"].isprintable()


def test_a_folder_that_is_a_link_is_not_followed(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / "elsewhere" / "1").write_text(SECRET)
    (home / "memory-lab").symlink_to("elsewhere")
    assert check(1)["solved"] is False
    assert SECRET not in check(1)["found"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_answer_of_somebody_else_does_not_count(folder: Path, shell: Shell) -> None:
    shell.type(solution(1))
    assert check(1)["solved"]
    os.chown(folder / "1", 4711, 4711)
    assert re.search(r"belongs to user 4711, and user 0 asks", check(1)["found"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a process as somebody else")
def test_the_process_of_somebody_else_does_not_count(shell: Shell) -> None:
    shell.type(solution(3).replace("import time", "import os, time; os.setuid(4711)"))
    shell.type("until pgrep -u 4711 -f memory-lab-3 > /dev/null; do sleep 0.05; done")
    assert re.search(r"no process of user 0 has memory-lab-3", check(3)["found"])


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_makes_the_checker_fail(folder: Path, data: bytes) -> None:
    for number in (1, 2, 7, 9):
        (folder / str(number)).write_bytes(data)
        assert check(number)["solved"] is False or number == 2


@pytest.mark.parametrize("form", ["{:.1f}", "{:.0f}%", "{:.1f} %\n"])
def test_a_percentage_may_have_its_sign_and_a_comma(form: str, folder: Path, shell: Shell) -> None:
    shell.type(solution(2))
    said = form.format(float((folder / "2").read_text()))
    for words in (said, said.replace(".", ",")):
        (folder / "2").write_text(words)
        assert check(2)["solved"]
