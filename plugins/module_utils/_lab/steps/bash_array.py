# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Step 7: memory that a shell takes while it runs."""

from __future__ import annotations

from typing import Any, Dict, List

from ..children import Child
from ..lab import MIB, PAGE, Lab
from ..outcome import Lesson, NotHere, figure, outcome

WORDS = 1_000_000

BYTES_A_WORD = 200
"""What bash takes for a word of an array at most, its copy while it is split included."""

LESSON = Lesson(
    name="bash_array",
    number=7,
    title="Allocating memory in bash",
    teaches="A program asks for memory as it runs, on its heap. VSZ and RSS grow together, since what is asked "
    "for is used at once; most of it stays with the process when the variable is gone.",
    command=["a=($(seq 1 %d))" % WORDS, "ps -o pid,vsz,rss,cmd -p $$"],
    expected="VSZ and RSS of the shell grow by some ten bytes for each word or more.",
)


def run(lab: Lab) -> Dict[str, Any]:
    """Let a bash of the lab make the array, as long as the allowance admits."""
    words = min(WORDS, lab.share(WORDS * BYTES_A_WORD + PAGE) // BYTES_A_WORD)
    lab.type(":", "seq", "ps")
    with Child(lab.journal, ["bash", "--noprofile", "--norc"]) as shell:
        if shell.say("echo ready") != "ready":
            raise NotHere("bash doesn't answer")
        before = shell.status()
        output = [shown(lab, shell.pid, "before")]
        shell.say("a=($(seq 1 %d)); echo ${#a[@]}" % words)
        after = shell.status()
        output.append(shown(lab, shell.pid, "after"))
    grown = [grew(before.vsz_bytes, after.vsz_bytes), grew(before.rss_bytes, after.rss_bytes)]
    evidence = [
        figure("words", words, "words"),
        figure("VSZ grew by", grown[0], "bytes"),
        figure("RSS grew by", grown[1], "bytes"),
        figure("for each word", round(grown[1] / words, 1), "bytes"),
    ]
    note = None
    if words < WORDS:
        note = "%d words instead of %d: the lab may take %d MiB" % (words, WORDS, lab.allowance // MIB)
    return outcome(LESSON, min(grown) > 10 * words, output, evidence, note=note)


def grew(before: Any, after: Any) -> int:
    """By how many bytes. Raises NotHere where the kernel doesn't say."""
    if before is None or after is None:
        raise NotHere("the kernel doesn't tell the memory of the shell")
    return after - before


def shown(lab: Lab, pid: int, when: str) -> str:
    """The line of ps."""
    lines: List[str] = lab.type("ps -o pid,vsz,rss,cmd -p %d" % pid, "ps")
    return "%s: %s" % (when, " ".join(lines[-1].split()) if lines else "")
