# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab.children import Child, Silent, typed
from ansible_collections.fleet.memory.plugins.module_utils._lab.identity import starttime
from ansible_collections.fleet.memory.plugins.module_utils._lab.journal import PROCESS, Journal
from ansible_collections.fleet.memory.plugins.module_utils._lab.lab import MIB, Lab, said
from ansible_collections.fleet.memory.plugins.module_utils._lab.lab import PROCESS as PROCESS_BYTES
from ansible_collections.fleet.memory.plugins.module_utils._lab.outcome import NotHere

PARENT = """
import sys, time
from ansible_collections.fleet.memory.plugins.module_utils._lab.journal import Journal
from ansible_collections.fleet.memory.plugins.module_utils._lab.lab import Lab
lab = Lab(Journal(sys.argv[1]), 1 << 26, 5, 0.1)
lab.journal.open()
child = lab.child()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    made = Lab(Journal(str(tmp_path)), 64 * MIB, 5, 0.1)
    made.journal.open()
    return made


def test_a_child_is_written_down_while_it_runs(lab: Lab) -> None:
    with lab.child() as child:
        (entry,) = (each for each in lab.journal.entries() if each["kind"] == PROCESS)
        assert (entry["pid"], entry["starttime"]) == (child.pid, starttime(child.pid))
        assert child.read("oom_score_adj") == b"1000\n"
        pid = child.pid
    assert starttime(pid) is None and lab.journal.close()


def test_a_child_ends_with_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert starttime(pid) is not None
        parent.kill()
        parent.wait()
        until = time.monotonic() + 5
        while starttime(pid) is not None and time.monotonic() < until:
            time.sleep(0.02)
        assert starttime(pid) is None
    finally:
        parent.kill()
        parent.wait()


def test_a_child_that_ends_is_told(lab: Lab) -> None:
    with lab.child() as child:
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(5) == -signal.SIGKILL
        with pytest.raises(Silent):
            child.say("reserve 4096")


def test_a_child_that_cannot_says_why(lab: Lab) -> None:
    with lab.child() as child:
        with pytest.raises(NotHere, match="could not do it"):
            said(child.say("reserve 99999999999999"))
        with pytest.raises(NotHere):
            said(child.say("no such thing"))
        assert said(child.say("reserve 4096"))


def test_its_address_space_has_an_end(lab: Lab) -> None:
    with Child(lab.journal, ["bash", "-c", "ulimit -v; read x"], 1 << 30) as child:
        assert child.answer() == str((1 << 30) // 1024)


@pytest.mark.parametrize(
    ("line", "rc", "output"),
    [
        ("echo a; echo b >&2; exit 3", 3, ["a", "b"]),
        ("printf 'x\\xff'", 0, ["x\ufffd"]),
        ("kill -9 $$", -9, []),
        ("echo $LC_ALL $HOME", 0, ["C /"]),
    ],
)
def test_what_is_typed_is_run(line: str, rc: int, output: list[str]) -> None:
    assert typed(line) == {"rc": rc, "output": output}


def test_what_takes_too_long_is_ended() -> None:
    began = time.monotonic()
    assert typed("echo a; sleep 30", 0.3)["rc"] is None
    assert time.monotonic() - began < 10


def test_a_program_that_is_not_there_is_named(lab: Lab) -> None:
    with pytest.raises(NotHere, match="the host has no no-such-program; a package has it"):
        lab.type("true", "no-such-program")


def test_the_share_of_the_allowance(lab: Lab) -> None:
    assert lab.share(1 << 40) == 64 * MIB - PROCESS_BYTES
    assert lab.share(5 * MIB + 1) == 5 * MIB
    with pytest.raises(NotHere, match="may take 8 MiB here, and this needs 9"):
        lab._replace(allowance=PROCESS_BYTES + MIB - 1).share(8 * MIB)
