# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import document, signals, terminal
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview, Signals
from ansible_collections.fleet.memory.plugins.plugin_utils._report.signals import SIGNALS as ALL
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fleets import AT_RISK, HOSTILE, RUN, SIGNALS, audited, fleet, missed

BY_NAME = {signal.name: signal for signal in ALL}


def overview(store: Store) -> Overview:
    return Overview(store, store.run(RUN))


@pytest.mark.parametrize("name", BY_NAME)
def test_each_signal_is_raised_not_raised_and_unknown(name: str) -> None:
    raised = BY_NAME[name].raised
    assert (raised(AT_RISK), raised(SIGNALS), raised({})) == (True, False, None)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        # Files that are mapped and read for the first time: faults, and nobody stalls.
        ("pressure", {"memory_stall_percent": 0.9}, False),
        ("pressure", {"memory_stall_percent": None}, True),
        ("pressure", {"paging_verdict": "consistent_major_faults"}, True),
        ("pressure", {"paging_verdict": "some_major_faults"}, False),
        ("pressure", {"paging_verdict": "invented"}, None),
        ("next_victim", {"next_victim": {"kind": "database", "is_largest": True}}, False),
        ("next_victim", {"next_victim": {"kind": "database", "is_largest": None}}, False),
        ("next_victim", {"next_victim": {"kind": "other", "is_largest": False}}, False),
        ("ceiling", {"nearest_ceiling": {"used_percent": 90.0}}, True),
        ("ceiling", {"nearest_ceiling": {"used_percent": "90"}}, None),
        ("ledger", {"ledger_residual_percent": 3.0}, False),
        ("pss", {"pss_exact_percent": 98.0}, False),
    ],
)
def test_where_a_signal_begins(name: str, changes: dict[str, Any], expected: bool | None) -> None:
    assert BY_NAME[name].raised({**AT_RISK, **changes}) is expected


def test_a_host_in_words() -> None:
    assert [signal.words(AT_RISK) for signal in ALL] == [
        "severe, 4,210 major faults/s",
        "14 kills, last python3 in /web at 2026-11-25T02:17:10Z",
        "sshd (login service), not the largest",
        "96.5%: memory.max of /web",
        "-4.4%",
        "71.0%",
    ]
    assert Signals.of({}) == Signals(0, "", "unknown", "unknown", None)


def test_the_fleet_is_counted_and_the_host_with_most_named(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("calm", **SIGNALS),
        audited("risky", **AT_RISK),
        audited("killed", **{**SIGNALS, "oom_kills": 1}),
        audited("old"),
        missed("gone"),
    )
    found = {tally.signal.name: tally for tally in overview(store).signals}
    counts = {name: (tally.hosts, tally.unknown) for name, tally in found.items()}
    assert counts == {**dict.fromkeys(BY_NAME, (1, 1)), "oom_kills": (2, 1)}
    assert {tally.host for tally in found.values()} == {"risky"}


def test_a_quiet_fleet_has_no_host_with_most_of_nothing(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("a", **{**SIGNALS, "major_faults_per_second": 0.0}))
    hosts = {tally.signal.name: tally.host for tally in overview(store).signals}
    assert hosts == {"pressure": "", "oom_kills": "", "next_victim": "", "ceiling": "a", "ledger": "a", "pss": "a"}


def test_the_terminal_shows_the_fleet_and_fits(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("web1.example.net", **AT_RISK), audited("web2.example.net", **SIGNALS))
    text = terminal.text(overview(store), 80, False)
    table = text.partition("What is at risk\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split("  ")[0] for line in table[2:]] == [signal.title for signal in ALL]
    assert max(map(len, text.splitlines())) <= 80


def test_a_run_of_an_older_version_shows_no_signals(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("old"))
    assert "What is at risk" not in terminal.text(overview(store), 80, False)


def test_a_hostile_name_stays_words(tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        risk = {
            **AT_RISK,
            "oom_last": {"victim": name, "cgroup": name, "at": name},
            "next_victim": {"command": name, "kind": name, "is_largest": True},
            "nearest_ceiling": {"ceiling": name, "of": name, "used_percent": 91.0},
        }
        text = terminal.text(overview(fleet(tmp_path / str(number), audited("a", **risk))), 200, False)
        assert "\x1b" not in text and "\r" not in text and "\u202e" not in text
        assert len(text.partition("What is at risk\n")[2].partition("\n\n")[0].splitlines()) == 2 + len(ALL)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["of", "kind", "used_percent"]) | st.text(), inner),
)


@given(st.fixed_dictionaries(dict.fromkeys(AT_RISK, _JSON)))
def test_whatever_a_summary_holds_it_can_be_shown(summary: dict[str, Any]) -> None:
    Signals.of(summary)
    for signal in ALL:
        tally = signals.Tally(signal)
        tally.add("a", summary)
        assert tally.hosts + tally.unknown in (0, 1)


def test_the_document_has_them_per_host_and_per_fleet(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("risky", **AT_RISK))
    text = "".join(document.pieces(store, overview(store)))
    assert '"signal": "ledger", "title": "Over 3 % of RAM unaccounted for", "hosts": 1, "unknown": 0' in text
    assert '"most": {"host": "risky", "what": "-4.4%"}' in text
    assert '"nearest_ceiling": {"ceiling": "memory.max", "of": "/web", "used_percent": 96.5}' in text
