# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._lab.maps import Part, first
from ansible_collections.fleet.memory.plugins.module_utils._lab.outcome import LINES, WIDTH, Lesson, outcome
from ansible_collections.fleet.memory.plugins.module_utils._lab.steps import (
    meminfo,
    memory_map,
    shell_memory,
    top_processes,
    total_memory,
    used_percent,
    watch,
)

LESSON = Lesson("n", 1, "t", "w", ["c"], "e")

FREE = """\
               total        used        free      shared  buff/cache   available
Mem:     25276502016  1763307520 19547725824   112357376  4437123072 23512940544
Swap:              0           0           0
""".splitlines()


def test_total() -> None:
    assert total_memory.total(FREE) == 25276502016
    for lines in [], ["Mem:"], ["Mem: 23Gi"], ["Swap: 5"], FREE[:1]:
        assert total_memory.total(lines) is None


def test_sizes_of_meminfo() -> None:
    assert meminfo.sizes(["MemFree:  5 kB", "HugePages_Total: 0", "x", "A: b kB", ""]) == {"MemFree": 5120}


def test_row_of_ps() -> None:
    lines = ["    PID    VSZ   RSS CMD", "  10039   3940  3140 bash -c 1 2 3"]
    assert shell_memory.row(lines) == (10039, 3940 * 1024, 3140 * 1024)
    assert shell_memory.row(lines[:1]) is None
    assert shell_memory.kernel(["VmSize:\t    3940 kB", "VmRSS:\t 3 kB", "x"]) == {"VmSize": 4034560, "VmRSS": 3072}


def test_percentage() -> None:
    assert used_percent.percentage(["x", "12.3 %"]) == 12.3
    assert used_percent.percentage(["x", ""]) is None


def test_sizes_of_ps() -> None:
    lines = ["PID USER VSZ RSS %MEM COMMAND", "1 root 10 4 0.0 a b", "2 root x y"]
    assert top_processes.sizes(lines) == [4096]
    assert top_processes.sizes([]) == []


@pytest.mark.parametrize(
    ("listed", "held"),
    [
        ([9 << 20, 8 << 20, 1 << 20], True),
        # As ps of Debian 11 has shown it.
        ([23752 << 10, 7356 << 10, 7360 << 10], True),
        ([9 << 20, 1 << 20, 8 << 20], False),
        ([5 << 20], True),
        ([], False),
    ],
)
def test_lines_are_in_order(listed: list[int], held: bool) -> None:
    assert top_processes.in_order(listed) is held


def test_chart() -> None:
    assert watch.chart("x", [0, 7 << 20, 14 << 20])[0] == "▁▄█"
    assert watch.chart("x", [5, 5])[0] == "▁▁"


def part(segment: str, start: int) -> Part:
    return Part(segment, start, start + 10, 0, "")


@pytest.mark.parametrize(
    ("order", "held"),
    [
        ("text data heap stack", True),
        ("text data bss heap stack", True),
        ("text data heap library_text stack", True),
        ("data text heap stack", False),
        ("text data heap bss stack", False),
        ("text data stack", False),
        ("", False),
    ],
)
def test_the_order_of_segments(order: str, held: bool) -> None:
    found = [part(segment, 100 * number) for number, segment in enumerate(order.split(), 1)]
    assert memory_map.in_order(found) is held
    assert first(found, "text")[0] == (0 if "text" not in order else 100 * (order.split().index("text") + 1))


def test_output_is_short_and_printable() -> None:
    shown = outcome(LESSON, output=["\x1b[2J\ta" + "x" * 500] + ["y"] * 100)["output"]
    assert len(shown) == LINES and shown[-1] == "(62 lines more)"
    assert shown[0].startswith("?[2J    a") and len(shown[0]) == WIDTH
