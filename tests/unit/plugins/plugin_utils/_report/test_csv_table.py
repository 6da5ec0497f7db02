# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import csv_table
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fleets import audited, finding, fleet, missed, waiver
from tests.support.traps import TRAPS, trapped

TRIGGERS = tuple("=+-@\t\r\n＝＋－＠")


def text(store: Store) -> str:
    return "".join(csv_table.pieces(store, Overview(store, store.latest())))


def rows(content: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter, strict=delimiter == ","))


def test_one_row_for_each_finding_and_each_missed_host(tmp_path: Path) -> None:
    found = [
        finding("available", "fail", 4.5, "m", location={"file": "/etc/x", "line": 3}),
        finding("swappiness", "waived", [1, "a"], "over 60", waiver=waiver()),
        finding("readable", "pass", True),
    ]
    table = rows(text(fleet(tmp_path / "s", audited("a", *found), missed("b"), audited("c"))))
    assert [(row["host"], row["rule"], row["verdict"], row["actual"], row["message"]) for row in table] == [
        ("a", "available", "fail", "4.5", "m"),
        ("a", "swappiness", "waived", '[1, "a"]', "over 60"),
        ("a", "readable", "pass", "true", ""),
        ("b", "", "", "", "Connection timed out"),
    ]
    assert (table[0]["file"], table[0]["line"], table[0]["title"]) == ("/etc/x", "3", "Title of available")
    assert [table[1][f"waiver_{name}"] for name in ("owner", "expires", "expired", "reason")] == [
        "storage team", "2027-03-31", "false", "Moves away in spring",
    ]  # fmt: skip
    assert tuple(table[0]) == csv_table.COLUMNS


def test_every_cell_is_quoted(tmp_path: Path) -> None:
    content = text(fleet(tmp_path / "s", audited("a", finding("available", "fail", 4, "m")), missed("b")))
    for line in content.splitlines():
        assert re.fullmatch(r'"[^"]*"(,"[^"]*")*', line)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (True, "true"),
        ({"a": -1}, '{"a": -1}'),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-5", "'-5"),
        ("@x", "'@x"),
        ("＝1", "'＝1"),
        (" =1", "' =1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("-", "'-"),
        ('a";=1', "a\";'=1"),
        ("a; b", "a; b"),
        ("\t=1", "\\x09=1"),
        ("\r\n=1", "\\x0d\\x0a=1"),
    ],
)
def test_no_cell_begins_a_formula(value: Any, cell: str) -> None:
    assert csv_table.safe(value) == cell


@given(st.text(alphabet=st.sampled_from([*TRIGGERS, *";,'\" ax\x00\u202e"]), max_size=12))
def test_no_text_begins_a_formula(value: str) -> None:
    line = io.StringIO(newline="")
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([csv_table.safe(value), "x"])
    for delimiter in ",;":
        for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.lstrip(' "').startswith(TRIGGERS)]


def test_hostile_texts_stay_cells(tmp_path: Path) -> None:
    store, _overview = trapped(tmp_path / "s")
    content = text(store)
    table = rows(content)
    assert len(table) == 3 + 3 * len(TRAPS) + len(TRAPS) // 2
    assert all(None not in row and None not in row.values() for row in table)
    assert content.count("\r\n") == len(table) + 1 == len(content.splitlines())
    for delimiter in ",;":
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.startswith(TRIGGERS)]
