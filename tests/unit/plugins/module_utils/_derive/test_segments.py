# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mappings of made-up processes: what a live one can't be made to show at will."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive import segments
from ansible_collections.fleet.memory.plugins.module_utils._derive.segment_names import (
    Classifier,
    Program,
    deleted_file,
)
from ansible_collections.fleet.memory.plugins.module_utils._procfs.smaps_mappings import Mapping
from ansible_collections.fleet.memory.plugins.module_utils._shapes.elf import Load
from hypothesis import given
from hypothesis import strategies as st

PAGE = 0x1000
LOADS = (
    Load(0x0, 0x0, 0x800, 0x800, False, False),
    Load(0x1000, 0x1000, 0x1500, 0x1500, True, False),
    Load(0x4D00, 0x2D00, 0x1400, 0x5400, False, True),
)
BASE = 0x550000000000
APP = b"/opt/app"


def mapping(start: int, end: int, permissions: str, name: bytes = b"", flags: bytes = b"", **figures) -> Mapping:
    given_ = {"offset": 0, "hugetlb_bytes": 0, **figures}
    for figure in ("rss_bytes", "pss_bytes", "uss_bytes", "swap_bytes", "huge_page_bytes"):
        given_.setdefault(figure, 0)
    return Mapping(start=start, end=end, permissions=permissions, name=name, flags=flags, **given_)


def at(*pages: int) -> list[int]:
    return [BASE + page * PAGE for page in pages]


PROGRAM = [
    mapping(*at(0, 1), "r--p", APP),
    mapping(*at(1, 3), "r-xp", APP, offset=0x1000),
    mapping(*at(4, 5), "r--p", APP, offset=0x2000),  # RELRO
    mapping(*at(5, 7), "rw-p", APP, offset=0x3000),
]
BSS = mapping(*at(7, 11), "rw-p")

Loads = tuple[Load, ...]


def names(mappings: list[Mapping], pointers: tuple = (), loads: Loads = LOADS, program: bytes = APP) -> list[str]:
    classifier = Classifier(mappings, Program(program, list(loads)), pointers, PAGE)
    return [classifier.segment(each) for each in mappings]


def test_the_parts_of_the_program() -> None:
    assert names([*PROGRAM, BSS]) == ["text", "text", "data", "data", "bss"]


def test_a_program_at_its_own_addresses() -> None:
    fixed = [load._replace(address=load.address + BASE) for load in LOADS]
    assert names([*PROGRAM, BSS], loads=fixed) == ["text", "text", "data", "data", "bss"]


def test_a_program_whose_headers_are_unread() -> None:
    accounted = PROGRAM[2]._replace(flags=b"rd mr mw me ac")
    assert names([*PROGRAM[:2], accounted, PROGRAM[3], BSS], loads=[]) == ["text", "text", "data", "data", "anonymous"]


@pytest.mark.parametrize(
    "behind, expected",
    [
        ([mapping(*at(7, 11), "rw-p", b"[heap]")], ["bss"]),  # before Linux 6.6 a heap that begins behind it names it
        ([BSS, mapping(*at(11, 40), "rw-p", b"[heap]")], ["bss", "heap"]),
        ([mapping(*at(7, 40), "rw-p", b"[heap]")], ["heap"]),  # both in one
        ([mapping(*at(7, 9), "r--p"), mapping(*at(9, 11), "rw-p")], ["bss", "bss"]),
        ([mapping(*at(7, 12), "rw-p")], ["anonymous"]),
        ([BSS, mapping(*at(11, 12), "rw-p")], ["bss", "anonymous"]),
    ],
)
def test_bss_ends_where_the_program_says(behind: list[Mapping], expected: list[str]) -> None:
    assert names([*PROGRAM, *behind])[4:] == expected


def test_no_bss_before_the_data_or_in_a_gap() -> None:
    gap = mapping(*at(3, 4), "---p")
    before = mapping(BASE - PAGE, BASE, "rw-p")
    assert names([before, *PROGRAM[:2], gap, *PROGRAM[2:]])[0::3] == ["anonymous", "anonymous"]


def test_the_program_mapped_once_more_is_a_library_or_a_file() -> None:
    again = mapping(BASE + (1 << 32), BASE + (1 << 32) + PAGE, "rw-p", APP)
    assert names([*PROGRAM, again])[-1] == "library_data"
    assert names([*PROGRAM, again._replace(name=b"/opt/app2")])[-1] == "file"


@pytest.mark.parametrize("name", [b"/memfd:runc_cloned:/proc/self/exe (deleted)", b"/dev/shm/app"])
def test_a_program_in_shared_memory_is_a_program(name: bytes) -> None:
    assert names([each._replace(name=name) for each in PROGRAM], program=name)[:3] == ["text", "text", "data"]


LIB = b"/usr/lib/lib.so"
LOW = 0x7F0000000000


@pytest.mark.parametrize(
    "permissions, name, flags, expected",
    [
        ("r-xp", LIB, b"rd ex mr mw me", "library_text"),
        ("r--p", LIB, b"rd mr mw me", "library_text"),
        ("r--p", LIB, b"rd mr mw me ac", "library_data"),
        ("rw-p", LIB, b"rd wr mr mw me ac", "library_data"),
        ("rw-p", LIB + b" (deleted)", b"", "file"),
        ("r--p", b"/usr/lib/locale/C.utf8/LC_CTYPE", b"", "file"),
        ("rw-s", b"/var/lib/db/store", b"", "file"),
        ("rw-p", b"", b"", "anonymous"),
        ("---p", b"", b"", "anonymous"),
        ("rw-p", b"[anon: glibc: malloc arena]", b"", "anonymous"),
        ("rw-p", b"[anon:stack of my own]", b"", "anonymous"),
        ("rw-p", b"/dev/zero", b"", "anonymous"),
        ("rw-s", b"/[aio] (deleted)", b"", "anonymous"),
        ("rw-p", b"/anon_hugepage (deleted)", b"rd wr ht", "anonymous"),
        ("rw-s", b"/anon_hugepage (deleted)", b"rd wr ht", "shared_memory"),
        ("rw-s", b"/mnt/huge/guest", b"rd wr ht", "shared_memory"),
        ("rw-s", b"/dev/zero (deleted)", b"", "shared_memory"),
        ("rw-s", b"/SYSV0052e2c1 (deleted)", b"", "shared_memory"),
        ("rw-s", b"/SYSVolume", b"", "file"),
        ("rw-s", b"/memfd:x (deleted)", b"", "shared_memory"),
        ("rw-s", b"/dev/shm/sem.x", b"", "shared_memory"),
        ("rw-s", b"[anon_shmem:x]", b"", "shared_memory"),
        ("rw-s", b"/dev/dri/card0", b"", "device"),
        ("rw-s", b"anon_inode:kvm-vcpu:0", b"", "device"),
        ("rw-p", b"[heap]", b"", "heap"),
        ("rw-p", b"[stack]", b"", "stack"),
        ("rw-p", b"[stack:77]", b"", "thread_stack"),
        ("rw-p", b"[anon: glibc: pthread stack: 77]", b"", "thread_stack"),
        ("r-xp", b"[vdso]", b"", "vdso"),
        ("r--p", b"[vvar_vclock]", b"", "vdso"),
        ("--xp", b"[vsyscall]", b"", "vdso"),
    ],
)
def test_names(permissions: str, name: bytes, flags: bytes, expected: str) -> None:
    code = mapping(LOW, LOW + PAGE, "r-xp", LIB)
    one = mapping(LOW + PAGE, LOW + 2 * PAGE, permissions, name, flags)
    assert names([code, one])[1] == expected


@pytest.mark.parametrize("guard", [True, False])
@pytest.mark.parametrize("pointed_at", [True, False])
@pytest.mark.parametrize("refuses_huge_pages", [True, False])
def test_two_signs_make_a_thread_stack(guard: bool, pointed_at: bool, refuses_huge_pages: bool) -> None:
    below = mapping(LOW, LOW + PAGE, "---p" if guard else "rw-p")
    stack = mapping(LOW + PAGE, LOW + 9 * PAGE, "rw-p", flags=b"rd wr nh" if refuses_huge_pages else b"rd wr")
    pointer = LOW + 9 * PAGE - (8 if pointed_at else 0)
    signs = guard + pointed_at + refuses_huge_pages
    expected = "thread_stack" if signs >= 2 else "anonymous"
    assert names([below, stack], (3, pointer)) == ["anonymous", expected]


def test_sums_and_order() -> None:
    first = mapping(
        LOW, LOW + 2 * PAGE, "r-xp", LIB, rss_bytes=1, pss_bytes=2, uss_bytes=3, swap_bytes=4, huge_page_bytes=5
    )
    second = mapping(LOW + 9 * PAGE, LOW + 12 * PAGE, "r--p", LIB, rss_bytes=10, pss_bytes=20, hugetlb_bytes=7)
    between = mapping(LOW + 4 * PAGE, LOW + 5 * PAGE, "rw-p", b"", hugetlb_bytes=None)
    summed = segments.segments([("library_text", first), ("anonymous", between), ("library_text", second)])
    assert [each["segment"] for each in summed] == ["library_text", "anonymous"]
    assert summed[0] == {
        "segment": "library_text",
        "first_address": "0x7f0000000000",
        "last_address": "0x7f000000c000",
        "mappings": 2,
        "permissions": ["r--p", "r-xp"],
        "virtual_bytes": 5 * PAGE,
        "rss_bytes": 11,
        "pss_bytes": 22,
        "uss_bytes": 3,
        "swap_bytes": 4,
        "huge_page_bytes": 5,
        "hugetlb_bytes": 7,
    }
    assert summed[1]["hugetlb_bytes"] is None


@pytest.mark.parametrize(
    "name, path",
    [
        (b"/usr/lib/a.so (deleted)", b"/usr/lib/a.so"),
        (b"/usr/lib/a.so", None),
        (b"", None),
        (b"/SYSV0052e2c1 (deleted)", None),
        (b"/memfd:a.so (deleted)", None),
        (b"/dev/zero (deleted)", None),
        (b"/dev/shm/x (deleted)", None),
        (b"/[aio] (deleted)", None),
        (b"/app (deleted)", b"/app"),
    ],
)
def test_deleted(name: bytes, path: bytes | None) -> None:
    assert deleted_file(name) == path


def test_deleted_files_are_summed_by_path() -> None:
    gone = LIB + b" (deleted)"
    parts = [
        ("library_text", mapping(LOW, LOW + PAGE, "r-xp", gone, rss_bytes=1, uss_bytes=2)),
        ("library_data", mapping(LOW + PAGE, LOW + 2 * PAGE, "rw-p", gone, rss_bytes=10, uss_bytes=20)),
        ("file", mapping(LOW + 2 * PAGE, LOW + 3 * PAGE, "rw-p", b"/\xff (deleted)", rss_bytes=100)),
        ("device", mapping(LOW + 3 * PAGE, LOW + 4 * PAGE, "rw-s", b"/dev/x (deleted)", rss_bytes=1000)),
        ("file", mapping(LOW + 4 * PAGE, LOW + 5 * PAGE, "rw-p", b"/var/kept", rss_bytes=1000)),
    ]
    assert segments.deleted_files(parts) == [
        {"path": "/\\xff", "mappings": 1, "rss_bytes": 100, "private_bytes": 0},
        {"path": "/usr/lib/lib.so", "mappings": 2, "rss_bytes": 11, "private_bytes": 22},
    ]


def test_the_largest_mappings_in_the_order_of_their_addresses() -> None:
    many = [("anonymous", mapping(i * PAGE, (i + 1) * PAGE, "rw-p", rss_bytes=i % 2002)) for i in range(1, 2003)]
    shown = segments.largest_mappings(many)
    assert len(shown) == segments.MOST_MAPPINGS == 2000
    assert [each["start"] for each in shown[:2]] == [hex(2 * PAGE), hex(3 * PAGE)]
    assert shown[-1]["end"] == hex(2002 * PAGE)
    assert shown[0]["path"] is None


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(1, 30),
            st.sampled_from(["r--p", "r-xp", "rw-p", "---p", "rw-s"]),
            st.sampled_from([APP, LIB, b"", b"[heap]", b"[x", b"/memfd:", b"\xff"]),
            st.sampled_from([b"", b"ac nh", b"ht"]),
        )
    ),
    st.lists(st.integers(0, 1 << 64)),
)
def test_whatever_the_mappings_each_is_in_one_segment(rows: list, pointers: list[int]) -> None:
    """Also when they overlap or are out of order, as in a file that was read while the process changed."""
    made = [mapping(*at(start, start + pages), *rest, rss_bytes=4096) for start, pages, *rest in rows]
    summed = segments.segments(zip(names(made, tuple(pointers)), made))
    assert sum(each["mappings"] for each in summed) == len(made)
    assert sum(each["rss_bytes"] for each in summed) == 4096 * len(made)
