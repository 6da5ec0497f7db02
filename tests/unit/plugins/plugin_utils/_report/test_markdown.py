# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import markdown
from ansible_collections.fleet.memory.plugins.plugin_utils._report.gate import Condition, Gate
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import printable
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.fleets import RUN, audited, finding, fleet, missed, run_waiver, waiver
from tests.support.traps import TRAPS, trapped

COMMENT = 65_536
"""Characters of a comment of GitHub."""


class Page(HTMLParser):
    """The headings, the cells of the tables row by row, and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.tables: dict[str, list[list[str]]] = {}
        self._heading = ""
        self._inside = ""
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.add(tag)
        self._inside = tag if tag in ("h2", "h3", "td", "th") else self._inside
        if tag in ("h2", "h3"):
            self._heading = ""
        elif tag == "tr":
            self.tables.setdefault(self._heading, []).append([])
        elif tag in ("td", "th"):
            self.tables[self._heading][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        if self._inside in ("h2", "h3"):
            self._heading += data
        elif self._inside:
            self.tables[self._heading][-1][-1] += data


def text(store: Store, gate: Gate | None = None) -> str:
    return "".join(markdown.pieces(Overview(store, store.latest()), gate))


def test_a_good_run_is_short(tmp_path: Path) -> None:
    made = text(fleet(tmp_path / "s", audited("a", finding("available", "pass"))))
    assert made.startswith("## Memory audit\n\n1 of 1 host audited. Every rule passes on every audited host.\n\n")
    assert f"Run `{RUN}`" in made
    assert "###" not in made


def test_the_gate_is_told_with_its_figures(tmp_path: Path) -> None:
    conditions = (
        Condition("hosts", True, "1 host audited"),
        Condition("findings", False, "1 finding: available on a|b"),
    )
    made = text(fleet(tmp_path / "s", audited("a")), Gate(RUN, conditions))
    assert made.startswith("## Memory compliance: FAILED\n")
    assert Page(made).tables["Gate"][1:] == [
        ["hosts", "passed", "1 host audited"],
        ["findings", "FAILED", "1 finding: available on a|b"],
    ]
    passed = text(fleet(tmp_path / "t", audited("a")), Gate(RUN, conditions[:1]))
    assert passed.startswith("## Memory compliance: passed\n")


def test_rules_missed_hosts_and_waivers_have_tables(tmp_path: Path) -> None:
    hosts = [
        audited(f"a{n}", finding("available", "fail", n, "m"), finding("readable", "unknown", None, "m"))
        for n in range(7)
    ]
    hosts.append(audited("w", finding("swappiness", "waived", 90, "m", waiver=waiver())))
    waivers = (
        run_waiver(),
        run_waiver(expires="2026-12-20", reason="soon"),
        run_waiver(expires="2026-11-01", expired=True, owner="late team"),
        run_waiver(matched=False, hosts=[], groups=["gone"]),
    )
    store = fleet(
        tmp_path / "s", *hosts, *(missed(f"m{n}") for n in range(7)), missed("x", "failed", "x"), waivers=waivers
    )
    run = {**store.latest(), "started_at": "2026-11-24T21:00:00Z"}
    store.latest = lambda: run  # type: ignore[method-assign]
    tables = Page(text(store)).tables
    assert tables["Rules that don't pass"][1:] == [
        ["critical", "Title of available", "7", "", "", "a0, a1, a2, a3, a4 and 2 more"],
        ["info", "Title of readable", "", "7", "", "a0, a1, a2, a3, a4 and 2 more"],
        ["medium", "Title of swappiness", "", "", "1", "w"],
    ]
    assert tables["Missed hosts"][1:] == [
        ["unreachable", "Connection timed out", "7", "m0, m1, m2, m3, m4 and 2 more"],
        ["failed", "x", "1", "x"],
    ]
    assert tables["Waivers to look at"][1:] == [
        ["swap* on db*: Moves away in spring", "late team", "2026-11-01", "it has expired"],
        ["swap* on db*: soon", "storage team", "2026-12-20", "it ends soon"],
        ["swap* on gone: Moves away in spring", "storage team", "2027-03-31", "it matches no host or rule"],
    ]


@pytest.mark.parametrize(("expires", "told"), [("2026-12-24", True), ("2026-12-25", False), ("2026-11-24", True)])
def test_soon_is_thirty_days_from_the_run(tmp_path: Path, expires: str, told: bool) -> None:
    store = fleet(tmp_path / "s", audited("a"), waivers=(run_waiver(expires=expires),))
    run = {**store.latest(), "started_at": "2026-11-24T23:59:59Z"}
    store.latest = lambda: run  # type: ignore[method-assign]
    assert ("it ends soon" in text(store)) is told


def visible(value: str) -> str:
    return value.replace("\u2060", "")


@given(st.text(alphabet=st.sampled_from("ab1 \\`*_{}[]()<>#+-.!|~&$:/@w%\n\x00"), min_size=1, max_size=30))
def test_a_text_is_shown_as_it_is(value: str) -> None:
    made = f"| h |\n| --- |\n| x{markdown.text(value)}x |\n"
    page = Page(made)
    assert [visible(cell) for row in page.tables[""] for cell in row] == ["h", f"x{printable(value)}x"]
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("value", ["@octocat", "x @team/a", "#1", "org/repo#12", "!3", "%4", "~bug", "$5", "&6"])
def test_nobody_is_notified(value: str) -> None:
    assert not re.search(r"[@#!%~$&]\w", markdown.text(value))
    assert visible(markdown.text(value)).replace("\\", "") == value


@pytest.mark.parametrize("value", ["https://evil.example", "www.evil.example", "WWW.evil.example", "ftp://x"])
def test_an_address_is_no_link(value: str) -> None:
    assert not re.search(r"://|www\.", markdown.text(value), re.IGNORECASE)


def test_hostile_texts_stay_cells(tmp_path: Path) -> None:
    store, _overview = trapped(tmp_path / "s")
    trap = " ".join(map(printable, TRAPS))[:1500]
    made = text(store, Gate(RUN, (Condition("findings", False, trap),)))
    page = Page(made)
    assert page.tags <= {"h2", "h3", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    assert {title: {len(row) for row in rows} for title, rows in page.tables.items()} == {
        "Gate": {3}, "Missed hosts": {4}, "Rules that don't pass": {6}, "Waivers to look at": {4},
    }  # fmt: skip
    assert visible(page.tables["Gate"][1][2]) == trap


def test_the_summary_of_any_fleet_fits_a_comment(tmp_path: Path) -> None:
    bad = "*|@a" * 64
    hosts = [missed(f"{n:04}{bad}"[:255], reason=f"{n}{bad}") for n in range(300)]
    hosts += [audited(f"a{n:04}{bad}"[:255], finding("available", "fail", n, bad)) for n in range(100)]
    waivers = tuple(
        run_waiver(rule=f"{n}{bad}", owner=bad, reason=bad * 9, hosts=[bad] * 99, matched=False) for n in range(99)
    )
    store = fleet(tmp_path / "s", *hosts, waivers=waivers)
    assert len(text(store, Gate(RUN, tuple(Condition("c", False, bad * 99) for _number in range(4))))) < COMMENT
