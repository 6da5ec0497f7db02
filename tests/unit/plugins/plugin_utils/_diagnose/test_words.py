# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose import words


@pytest.mark.parametrize(
    ("key", "found", "told"),
    [
        ("rss_bytes", 3 << 29, "1.50 GiB"),
        ("rss_bytes", 0, "0 B"),
        ("rss_bytes", None, "unknown"),
        ("grown_bytes_per_second", 5 << 19, "2.50 MiB/s"),
        ("grown_bytes_per_second", -2048, "-2.00 KiB/s"),
        ("used_percent", 12.54, "12.5%"),
        ("lasts_seconds", 59.94, "59.9 s"),
        ("lasts_seconds", 120, "2.0 min"),
        ("lasts_seconds", 7200.0, "2.0 h"),
        ("lasts_seconds", 86400 * 400, "400.0 days"),
        ("minor_faults_per_second", 7202.94, "7,202.9/s"),
        ("major_faults_per_second", 3.0, "3/s"),
        ("kills", 77, "77"),
        ("enabled", True, "yes"),
        ("enabled", False, "no"),
        ("log", "all is told", "all is told"),
        ("largest", [], "none"),
        ("largest", [{"command": "a", "pid": 1}, {"command": "b", "pid": 2}], "a, pid 1; b, pid 2"),
        ("largest", [{"command": "a", "unit": None, "swap_bytes": None}], "a, swap unknown"),
    ],
)
def test_a_value(key: str, found: Any, told: str) -> None:
    assert words.value(key, found) == told


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("vsz_of_rss_percent", "vsz of rss"),
        ("swap_in_bytes_per_second", "swap in"),
        ("major_faults_per_second", "major faults"),
        ("pid", "pid"),
    ],
)
def test_a_label(key: str, label: str) -> None:
    assert words.label(key) == label


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "\u202egnp", "\ud800"])
def test_a_hostile_name_is_spelled_out(name: str) -> None:
    for told in (words.value("victim", name), words.item({"command": name, "pid": 1}), words.value("of", [name])):
        assert told.isprintable() and "\\" in told


def test_a_name_without_end_is_cut() -> None:
    assert len(words.value("victim", "x" * 99999)) <= words.LONGEST


@pytest.mark.parametrize("forged", [1e400, -1e400, 10**300, {"a": {"b": [1]}}, [[1], None]])
def test_nothing_breaks_it(forged: Any) -> None:
    for key in ("a", "a_percent", "a_per_second", "a_seconds"):
        assert words.value(key, forged)
