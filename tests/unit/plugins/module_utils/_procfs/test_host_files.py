# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsers of the host-wide files of /proc: tables of distinct values, and hostile input."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._procfs import (
    environ,
    meminfo,
    pressure,
    swaps,
    sysctl,
    uptime,
    vmstat,
    zoneinfo,
)
from ansible_collections.fleet.memory.plugins.module_utils._records.unread import Malformed
from ansible_collections.fleet.memory.plugins.module_utils._shapes import octal
from hypothesis import given
from hypothesis import strategies as st

HUGE = b"9" * 5000
"""More digits than int() agrees to convert."""


class TestMeminfo:
    def test_sizes_become_bytes_and_counts_stay(self):
        assert meminfo.parse(
            b"MemTotal:       100 kB\nHugePages_Total:       7\nActive(file):  3 kB\nUnheardOf: 5 kB\n"
        ) == {
            "MemTotal": 102400,
            "HugePages_Total": 7,
            "Active(file)": 3072,
            "UnheardOf": 5120,
        }

    @pytest.mark.parametrize(
        "data", [b"", b"MemTotal: 0 kB\n", b"MemFree: 1 kB\n", b"MemTotal: -1 kB\n", b"MemTotal: " + HUGE]
    )
    def test_without_memtotal_it_is_malformed(self, data):
        with pytest.raises(Malformed):
            meminfo.parse(data)

    def test_bytes_that_are_no_text_are_escaped(self):
        assert meminfo.parse(b"MemTotal: 1 kB\n\xff\xfe: 2 kB\n")["\\xff\\xfe"] == 2048

    def test_a_line_cut_short_is_left_out(self):
        assert meminfo.parse(b"MemTotal: 1 kB\nMemFr") == {"MemTotal": 1024}


class TestVmstat:
    def test_all_counters(self):
        assert vmstat.parse(b"pswpin 3\npswpout 5\nunheard_of 18446744073709551615\n") == {
            "pswpin": 3,
            "pswpout": 5,
            "unheard_of": 18446744073709551615,
        }

    @pytest.mark.parametrize("data", [b"", b"\n", b"pswpin\n", b"pswpin x\n", b"pswpin " + HUGE])
    def test_without_a_counter_it_is_malformed(self, data):
        with pytest.raises(Malformed):
            vmstat.parse(data)


class TestSwaps:
    HEADING = b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

    def test_areas(self):
        data = (
            self.HEADING
            + b"/dev/zram0                              partition\t4194300\t20480\t100\n"
            + b"/var/swap\\040file\\012\\134                 file\t\t1024\t\t0\t\t-2\n"
            + b"/old\\040(deleted)                       file\t\t8\t\t4\t\t-3\n"
        )
        assert swaps.parse(data) == [
            swaps.Area("/dev/zram0", "partition", 4294963200, 20971520, 100),
            swaps.Area("/var/swap file\n\\", "file", 1048576, 0, -2),
            swaps.Area("/old (deleted)", "file", 8192, 4096, -3),
        ]

    def test_a_container_may_have_its_own_kind(self):
        data = self.HEADING + b"none                                    virtual\t\t2048\t1024\t0\n"
        assert swaps.parse(data) == [swaps.Area("none", "virtual", 2097152, 1048576, 0)]

    def test_no_swap(self):
        assert swaps.parse(self.HEADING) == []

    @pytest.mark.parametrize("data", [b"", b"/dev/sda2 partition 1 0 -1\n"])
    def test_without_heading_it_is_malformed(self, data):
        with pytest.raises(Malformed):
            swaps.parse(data)

    @pytest.mark.parametrize(
        "line", [b"/dev/sda2 partition 1 0", b"/a b file 1 0 -1", b"/a file x 0 -1", b"/a file " + HUGE + b" 0 1"]
    )
    def test_a_line_of_another_shape_is_malformed(self, line):
        with pytest.raises(Malformed):
            swaps.parse(self.HEADING + line + b"\n")


class TestPressure:
    SOME = b"some avg10=0.22 avg60=100.00 avg300=1.11 total=58761459\n"

    def test_both_lines(self):
        assert pressure.parse(self.SOME + b"full avg10=0.01 avg60=0.13 avg300=0.96 total=57767411\n") == {
            "some": {"avg10": 0.22, "avg60": 100.0, "avg300": 1.11, "total_microseconds": 58761459},
            "full": {"avg10": 0.01, "avg60": 0.13, "avg300": 0.96, "total_microseconds": 57767411},
        }

    def test_full_may_be_missing(self):
        assert pressure.parse(self.SOME)["full"] is None

    @pytest.mark.parametrize(
        "data", [b"", b"some", SOME[4:], SOME[:-10], b"full" + SOME[4:], SOME.replace(b"0.22", b"nan")]
    )
    def test_without_some_it_is_malformed(self, data):
        with pytest.raises(Malformed):
            pressure.parse(data)


class TestZoneinfo:
    ZONE = (
        b"Node 1, zone    DMA32\n  pages free     772915\n        boost    0\n"
        b"        min      2079\n        low      2598\n"
        b"        high     3117\n        promo    3636\n        spanned  1044480\n        present  782288\n"
        b"        managed  773128\n        protection: (0, 0, 2175, 2174)\n  pagesets\n    cpu: 0\n"
        b"              count:    0\n              high:     999\n              low:     998\n"
    )

    def test_pages_become_bytes_of_the_page_size_given(self):
        assert zoneinfo.parse(self.ZONE, 65536) == [
            zoneinfo.Zone(1, "DMA32", 2598 * 65536, 3117 * 65536, 773128 * 65536, 2175 * 65536, 0)
        ]

    def test_free_pages_of_each_cpu_are_added_up(self):
        cpus = b"    cpu: 0\n              count:    301\n    cpu: 1\n              count:    17\n"
        with_lists, _sep, _lists = self.ZONE.partition(b"    cpu: 0\n")
        empty, _sep, _pagesets = self.ZONE.partition(b"  pagesets\n")
        zones = zoneinfo.parse(with_lists + cpus + empty.replace(b"DMA32", b"Movable"), 65536)
        assert [zone.per_cpu_free_bytes for zone in zones] == [318 * 65536, None]

    def test_before_3_9_present_stands_for_managed(self):
        (zone,) = zoneinfo.parse(self.ZONE.replace(b"        managed  773128\n", b""), 1)
        assert zone.managed_bytes == 782288

    def test_every_zone_keeps_its_own_levels(self):
        second = self.ZONE.replace(b"DMA32", b"Normal").replace(b"2598", b"7")
        assert [(zone.name, zone.low_bytes) for zone in zoneinfo.parse(self.ZONE + second, 1)] == [
            ("DMA32", 2598),
            ("Normal", 7),
        ]

    @pytest.mark.parametrize("data", [b"", b"Node 0, zone\n", ZONE[:60], ZONE.replace(b"low ", b"lwo ")])
    def test_without_watermarks_it_is_malformed(self, data):
        with pytest.raises(Malformed):
            zoneinfo.parse(data, 4096)


class TestUptime:
    def test_seconds(self):
        assert uptime.parse(b"696.21 1320.92\n") == 696.21

    @pytest.mark.parametrize("data", [b"", b"696\n", b"-1.00 2.00\n", b"x", HUGE + b".1 "])
    def test_anything_else_is_malformed(self, data):
        with pytest.raises(Malformed):
            uptime.parse(data)


class TestSysctl:
    @pytest.mark.parametrize(
        "data, value",
        [
            (b"60\n", 60),
            (b"-1\n", -1),
            (b"256\t256\t32\t0\t0\n", "256 256 32 0 0"),
            (b"Node\n", "Node"),
            (b"0x1f\n", "0x1f"),
            (HUGE, HUGE.decode()),
            (b"\xff\n", "\\xff"),
            ("\u0661\n".encode(), "\u0661"),
        ],
    )
    def test_values(self, data, value):
        assert sysctl.parse(data) == value

    def test_text_stays_text(self):
        assert sysctl.parse_text(b"66\n") == "66"

    def test_empty_is_malformed(self):
        with pytest.raises(Malformed):
            sysctl.parse(b" \n")


@pytest.mark.parametrize(
    "data, name",
    [
        (b"PATH=/bin\0container=lxc\0", "lxc"),
        (b"container=pod\xffman\0", "pod\\xffman"),
        (b"container=\0", None),
        (b"mycontainer=lxc\0X=container=lxc\0", None),
        (b"", None),
    ],
)
def test_environ(data, name):
    assert environ.container(data) == name


def test_octal():
    assert octal.unescape(b"/a\\040b\\134040\\377\\9") == "/a b\\040\\xff\\9"


PARSERS = [
    meminfo.parse,
    vmstat.parse,
    swaps.parse,
    pressure.parse,
    lambda data: zoneinfo.parse(data, 4096),
    uptime.parse,
    sysctl.parse,
    environ.container,
    octal.unescape,
]
SEEDS = [
    b"MemTotal: ",
    b" kB\n",
    b"Filename\n",
    b"some avg10=",
    b"Node 0, zone DMA\n",
    b" low ",
    b"\xff",
    b"\0",
    HUGE,
    b"1.0 ",
]


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.one_of(st.binary(), st.lists(st.one_of(st.sampled_from(SEEDS), st.binary(max_size=8))).map(b"".join)))
def test_any_bytes_give_a_record_or_malformed(parse, data):
    try:
        parse(data)
    except Malformed:
        pass
