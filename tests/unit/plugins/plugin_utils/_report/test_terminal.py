# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import tables, terminal
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import columns
from ansible_collections.fleet.memory.plugins.plugin_utils._report.tables import Table, render
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import HOSTILE, RUN, audited, consumer, finding, fleet, missed, run_waiver, waiver

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def made(store: Store, width: int = 79, colour: bool = False) -> str:
    return terminal.text(Overview(store, store.run(RUN)), width, colour)


def mixed(path: Path) -> Store:
    return fleet(
        path,
        *(audited(f"h{n:02d}", finding("available", "fail", n, "m"), available_percent=float(n)) for n in range(30)),
        audited("noswap", finding("readable", "pass", 1), swap_total_bytes=0, consumers=(consumer("java"),)),
        audited("dark", finding("available", "unknown", None, "denied"), swap_total_bytes=None, swap_used_bytes=None),
        *(missed(f"gone{n:02d}") for n in range(60)),
    )


def test_missed_hosts_come_first_and_all_of_them(tmp_path: Path) -> None:
    text = made(mixed(tmp_path / "store"))
    assert text.index("Missed hosts") < text.index("Audited hosts") < text.index("Findings") < text.index("Top users")
    assert all(f"gone{n:02d}" in text for n in range(60))
    assert "Connection timed out" in text


def test_the_worst_hosts_have_rows_and_the_others_a_number(tmp_path: Path) -> None:
    text = made(mixed(tmp_path / "store"))
    rows = re.findall(r"^h\d\d\b", text, re.MULTILINE)
    assert rows == [f"h{n:02d}" for n in range(20)]
    assert "and 12 more" in text


def test_no_swap_and_unknown_swap_are_not_zero(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("noswap", swap_total_bytes=0),
        audited("dark", swap_total_bytes=None, swap_used_bytes=None),
        audited("zero"),
    )
    swap = {line.split()[0]: " ".join(line.split()[4:-1]) for line in made(store).splitlines() if "GiB" in line}
    assert swap == {"noswap": "none", "dark": "unknown", "zero": "0 B"}


def test_bounds_of_pss_stand_beside_rss(tmp_path: Path) -> None:
    bounded = consumer("postgres", 1, None, pss_low_bytes=2**29, pss_high_bytes=2**30)
    [line] = [
        line
        for line in made(fleet(tmp_path / "s", audited("a", consumers=(bounded,)))).splitlines()
        if "postgres" in line
    ]
    assert "512 MiB to 1.00 GiB" in line and "2.00 GiB" in line


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [60, 79, 200])
def test_hostile_names_stay_on_their_line(tmp_path: Path, colour: bool, width: int) -> None:
    consumers = tuple(consumer(name, rank) for rank, name in enumerate(HOSTILE, 1))
    store = fleet(
        tmp_path / "store",
        *(audited(name, finding("available", "fail", name, name), consumers=consumers) for name in HOSTILE),
        *(missed(f"missed {name}", reason=name) for name in HOSTILE),
    )
    text = _COLOUR.sub("", made(store, width, colour))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", text)
    assert "forged  row" not in [line.strip() for line in text.splitlines()]
    assert "[bold red]" in text and "\\x1b[2J" in text
    assert max(map(len, text.splitlines())) <= width
    assert max(map(columns, text.partition("Audited hosts")[2].splitlines())) <= width


@pytest.mark.parametrize("colour", [False, True])
def test_rich_and_plain_tables_have_the_same_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, colour: bool
) -> None:
    def cells(text: str) -> list[list[str]]:
        return [line.split() for line in _COLOUR.sub("", text).splitlines() if line.strip(" -")]

    store = mixed(tmp_path / "store")
    expected = cells(made(store))
    if not colour:
        monkeypatch.setattr(tables, "RichTable", None)
    assert cells(made(store, colour=True)) == expected


def test_figures_are_never_cut(tmp_path: Path) -> None:
    table = Table("T", ("Name", ">Size"), [("n" * 100, "1.00 GiB"), ("short", "20.0 MiB")])
    lines = render(table, 30, False).splitlines()
    assert max(map(len, lines)) == 30
    assert lines[3].endswith("…  1.00 GiB") and lines[4].endswith(" 20.0 MiB")


def test_waivers(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", finding("available", "waived", 4, "m", waiver=waiver())),
        audited("b", finding("available", "fail", 4, "m"), finding("swappiness", "not_applicable", None, "No swap.")),
        waivers=(run_waiver(matched=False),),
    )
    text = made(store)
    assert "Waivers to look at\n  The waiver of storage team for swap* on db* matches no host or rule\n" in text
    [row] = [line.split() for line in text.splitlines() if line.startswith("critical ")]
    assert row == ["critical", "Title", "of", "available", "1", "1", "4"]
    assert re.search(r"^a .* waived +available$", text, re.MULTILINE)
    assert "Title of swappiness" not in text
    assert "Waivers" not in made(mixed(tmp_path / "mixed"))
