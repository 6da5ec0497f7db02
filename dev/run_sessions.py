# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the nox sessions, all of them also after a failure, and sums them up in one closing line.

The guests of `kernels` live on an emulated processor and wait for it, and containers wait for one another: beside them
run sessions that measure nothing. `integration` compares figures, and has the machine to itself.

Each test counts; a session without tests counts as one check, and so does a session that failed beside its tests.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".nox" / "results"

STAGES = (
    (["lint", "unit", "docs"], ["kernels"]),
    (["integration"],),
    (["molecule"], ["sanity", "controllers"]),
)
"""One after the other; the lanes of a stage run beside each other, and the sessions of a lane one after the other."""


def slug(session: str) -> str:
    """A file name for nox's name of a session, which may hold parameters: ``controllers(core='2.21.5')``."""
    return re.sub(r"[^\w.]+", "-", session).strip("-")


class Count(NamedTuple):
    """How the tests of one session, or of all, ended."""

    passed: int
    failed: int
    skipped: int

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count_tests(session: str, skips: list[str]) -> Count:
    """The sum over the session's JUnit files (none: all zero). The reasons of skipped tests are added to ``skips``."""
    passed = failed = skipped = 0
    for path in sorted(RESULTS.glob(f"{session}*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            skip = case.find("skipped")
            if skip is not None:
                skipped += 1
                skips.append(f"{session}: {case.get('name')}: {skip.get('message')}")
            elif case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            else:
                passed += 1
    return Count(passed, failed, skipped)


def count_session(name: str, session: dict[str, Any], skips: list[str]) -> Count:
    """What a session contributes. ``session`` is its entry in nox's report."""
    tests = count_tests(name, skips)
    if session["result"] == "skipped":
        skips.append(f"{name}: {session['reason']}")
        return Count(0, 0, 1)
    if session["result"] != "success" and not tests.failed:
        return tests._replace(failed=1)
    return tests if any(tests) else Count(1, 0, 0)


def start(sessions: list[str], output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """nox with these sessions; it leaves a report that is called after the first one."""
    report = RESULTS / f"nox-{sessions[0]}.json"
    command = [sys.executable, "-m", "nox", "--report", str(report), "-s", *sessions]
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output and subprocess.STDOUT)


def run(shown: list[str], *beside: list[str]) -> int:
    """A stage. What the lanes beside the first one print is shown when that has ended. Returns nox's failure, or 0."""
    with contextlib.ExitStack() as files:
        outputs = [files.enter_context(TemporaryFile()) for _lane in beside]
        started = [start(sessions, output) for sessions, output in zip(beside, outputs, strict=True)]
        failures = abs(start(shown).wait())
        for lane, output in zip(started, outputs, strict=True):
            failures += abs(lane.wait())
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    return failures


def main() -> int:
    """Exit code 0 only when nox succeeded and nothing failed."""
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    failures = sum(run(*lanes) for lanes in STAGES)
    skips: list[str] = []
    counts = []
    print()
    for report in sorted(RESULTS.glob("nox-*.json"), key=lambda path: path.stat().st_mtime):
        for session in json.loads(report.read_text())["sessions"]:
            name = slug(session["signatures"][0])
            counts.append(count_session(name, session, skips))
            print(f"{name:28} {session['result']:8} {counts[-1]}")
    if skips:
        print("\nSkipped:", *skips, sep="\n  ")
    total = Count(*map(sum, zip(*counts, strict=True)))
    print(f"\n{total}")
    return 1 if failures or total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
