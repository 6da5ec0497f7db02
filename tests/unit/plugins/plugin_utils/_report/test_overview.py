# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import phrases
from ansible_collections.fleet.memory.plugins.plugin_utils._report.judged import NO_RESULT
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview, figures
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import printable
from ansible_collections.fleet.memory.plugins.plugin_utils._report.severity import LEVELS
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import RUN, Host, audited, consumer, finding, fleet, missed, run_waiver, waiver


def overview(store: Store) -> Overview:
    return Overview(store, store.run(RUN))


def said(store: Store) -> str:
    return " ".join(sentence.text for sentence in phrases.answer(overview(store)))


def test_hosts_stand_worst_first_and_each_has_its_worst_rule(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("clean", finding("available", "pass", 40)),
        audited("mild", finding("swappiness", "fail", 60, "x"), finding("available", "pass", 40)),
        audited("dark", finding("available", "unknown", None, "denied")),
        audited("worse", finding("available", "fail", 4, "x"), available_percent=4.0),
        audited("worst", finding("available", "fail", 2, "x"), available_percent=2.0),
    )
    hosts = overview(store).audited
    assert [host.name for host in hosts] == ["worst", "worse", "mild", "dark", "clean"]
    assert [host.worst for host in hosts] == ["available", "available", "swappiness", "available", ""]


def test_a_rule_gathers_its_hosts_by_value(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        *(
            audited(f"h{number}", finding("swappiness", "fail", value, "m"))
            for number, value in enumerate((60, 10, 60))
        ),
        audited("h3", finding("swappiness", "unknown", None, "denied")),
        audited("h4", finding("swappiness", "error", None, "broken")),
        audited("h5", finding("swappiness", "pass", 5)),
    )
    [rule] = overview(store).findings
    assert rule.groups == {
        ("fail", "60"): [0, 2],
        ("fail", "10"): [1],
        ("unknown", "denied"): [3],
        ("error", "broken"): [4],
    }
    assert (rule.range, rule.unjudged, rule.verdict_text) == ("10 to 60", 2, "3 fail, 1 error, 1 unknown, 1 pass")


def test_a_rule_that_nowhere_fails_but_is_unknown_is_not_passing(tmp_path: Path) -> None:
    store = fleet(tmp_path / "store", audited("a", finding("readable", "unknown", None, "denied")))
    assert [rule.rule for rule in overview(store).findings] == ["readable"]
    assert overview(store).passing == []
    assert "can't be judged" in said(store)


NOT_HERE = finding("swappiness", "not_applicable", None, "It has no swap.")


def test_what_is_waived_or_not_meant_for_a_host_is_told_apart(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", finding("available", "waived", 4, "m", waiver=waiver()), NOT_HERE),
        audited("b", finding("available", "waived", None, "denied", waiver=waiver()), NOT_HERE),
        audited("c", finding("available", "fail", 4, "m", waiver=waiver(expired=True)), NOT_HERE),
        audited("d", finding("available", "unknown", None, "denied (the waiver ...)", waiver=waiver(expired=True))),
        audited("e", finding("available", "pass", 40), finding("swappiness", "pass", 60)),
        audited("f", finding("readable", "not_applicable", None, "For your information.")),
    )
    [rule] = overview(store).findings
    held = "until 2027-03-31, storage team: Moves away in spring"
    gone = "the waiver of storage team expired on 2026-10-31"
    assert rule.groups == {
        ("waived", f"4 ({held})"): [0],
        ("waived", f"denied ({held})"): [1],
        ("fail", f"4 ({gone})"): [2],
        ("unknown", "denied (the waiver ...)"): [3],
    }
    assert (rule.range, rule.verdict_text) == ("4", "1 fail, 1 unknown, 2 waived, 1 pass")
    assert [each.rule for each in overview(store).passing] == ["swappiness"]
    assert [(each.rule, each.inapplicable) for each in overview(store).inapplicable] == [
        ("readable", "For your information.")
    ]
    levels = {host.name: host.level for host in overview(store).hosts}
    assert [LEVELS[levels[name]] for name in "abcdef"] == ["waived", "waived", "critical", "unknown", "none", "none"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([finding("available", "pass", 40)], "Every rule passes on every audited host."),
        ([finding("available", "pass", 40), NOT_HERE], "Every rule passes on every audited host that it applies to."),
        ([finding("available", "waived", 4, "m", waiver=waiver())], "No rule fails that isn't waived."),
        ([finding("available", "waived", 4, "m", waiver=waiver()), finding("readable", "error", None, "m")],
         "No rule fails that isn't waived, but 1 rule can't be judged everywhere."),
        ([finding("available", "unknown", 4, "m")], "No rule fails, but 1 rule can't be judged everywhere."),
    ],
)  # fmt: skip
def test_the_answer_where_nothing_fails(tmp_path: Path, found: list[dict[str, Any]], words: str) -> None:
    assert said(fleet(tmp_path / "store", audited("a", *found))).endswith(words)


def test_waivers_that_somebody_has_to_look_at(tmp_path: Path) -> None:
    expired = run_waiver(owner="net\x1b team", expired=True, expires="2026-10-31")
    waivers = (run_waiver(), expired, run_waiver(matched=False))
    assert phrases.stale_waivers(overview(fleet(tmp_path / "store", audited("a"), waivers=waivers))) == [
        "The waiver of storage team for swap* on db* matches no host or rule",
        f"The waiver of net{printable(chr(27), 9)} team for swap* on db* expired on 2026-10-31",
    ]
    assert phrases.stale_waivers(overview(fleet(tmp_path / "none", audited("a")))) == []


@pytest.mark.parametrize(
    ("location", "place"),
    [(None, ""), ({"file": "/etc/x", "line": None}, "/etc/x"), ({"file": "/etc/x", "line": 7}, "/etc/x:7")],
)
def test_the_example_and_its_place_are_of_the_same_host(tmp_path: Path, location: Any, place: str) -> None:
    other = finding("swappiness", "fail", 10, "second", location={"file": "/etc/y", "line": 1})
    store = fleet(
        tmp_path / "s", audited("a", finding("swappiness", "fail", 60, "first", location=location)), audited("b", other)
    )
    [rule] = overview(store).findings
    assert (rule.example, rule.place) == ("first", place)


@pytest.mark.parametrize(
    ("hosts", "silent", "complete", "count"),
    [
        ([audited("a"), audited("b")], (), True, 0),
        ([audited("a"), missed("b")], (), False, 1),
        ([audited("a"), missed("b", "failed")], ("c",), False, 2),
        ([], (), False, 0),
    ],
)
def test_coverage(tmp_path: Path, hosts: list[Host], silent: tuple[str, ...], complete: bool, count: int) -> None:
    coverage = overview(fleet(tmp_path / "store", *hosts, silent=silent)).coverage
    assert (coverage.complete, coverage.missed) == (complete, count)


def test_a_host_that_never_reported_has_failed_for_a_reason(tmp_path: Path) -> None:
    [host] = overview(fleet(tmp_path / "store", silent=("quiet",))).missed
    assert (host.status, host.reason) == ("failed", NO_RESULT)


def test_a_missed_host_without_a_reason_says_so(tmp_path: Path) -> None:
    [host] = overview(fleet(tmp_path / "store", missed("a", reason=None))).missed
    assert host.reason


def test_missed_hosts_are_grouped_by_reason(tmp_path: Path) -> None:
    hosts = (missed("a", reason="rare"), missed("b"), missed("c"), missed("d", "failed"))
    groups = overview(fleet(tmp_path / "store", *hosts)).missed_by_reason
    assert [(group.status, group.hosts) for group in groups] == [
        ("unreachable", ["b", "c"]),
        ("unreachable", ["a"]),
        ("failed", ["d"]),
    ]


def test_the_answer_names_what_is_missing(tmp_path: Path) -> None:
    assert "1 of 3 hosts audited, 2 missed (1 unreachable, 1 failed)" in said(
        fleet(tmp_path / "store", audited("a"), missed("b"), silent=("c",))
    )
    assert "inventory is empty" in said(fleet(tmp_path / "none"))
    assert "hasn't finished" in said(fleet(tmp_path / "running", audited("a"), finished=False))


def test_every_sentence_about_a_gap_is_an_alarm(tmp_path: Path) -> None:
    alarms = [
        sentence.alarm
        for sentence in phrases.answer(overview(fleet(tmp_path / "s", audited("a"), missed("b"), finished=False)))
    ]
    assert alarms == [True, True, False]
    assert not any(sentence.alarm for sentence in phrases.answer(overview(fleet(tmp_path / "t", audited("a")))))


def test_figures_that_are_no_numbers_are_unknown() -> None:
    given = {"total_bytes": "8 GiB", "available_bytes": float("nan"), "used_percent": True, "swap_used_bytes": 10**400}
    assert set(figures(given).values()) == {None}


def test_bounds_of_pss_are_bounds_of_the_ratio(tmp_path: Path) -> None:
    gib = 2**30
    store = fleet(
        tmp_path / "store",
        audited(
            "a", consumers=(consumer("exact"), consumer("bounded", 2, None, pss_low_bytes=gib // 2, pss_high_bytes=gib))
        ),
    )
    ratios = {row["command"]: phrases.times(row) for row in overview(store).consumers}
    assert ratios == {"exact": "2.0×", "bounded": "2.0 to 4.0×"}
    assert phrases.times(consumer("dark", pss=None)) == ""
