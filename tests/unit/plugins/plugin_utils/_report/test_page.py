# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import page
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import printable
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support import fleets
from tests.support.fleets import (
    AT_RISK,
    GIB,
    HOSTILE,
    RUN,
    SIGNALS,
    audited,
    consumer,
    finding,
    fleet,
    missed,
    rule,
    run_waiver,
    waiver,
)
from tests.support.page import Parsed


def made(store: Store) -> tuple[str, Parsed]:
    text = "".join(page.pieces(Overview(store, store.run(RUN))))
    return text, Parsed(text)


def hostile_fleet(path: Path) -> Store:
    consumers = tuple(consumer(name, rank) for rank, name in enumerate(HOSTILE, 1))
    return fleet(
        path,
        *(missed(f"missed {name}", reason=name) for name in HOSTILE),
        *(
            audited(
                name,
                finding("swappiness", "fail", name, name),
                finding("available", "unknown", None, name),
                consumers=consumers,
            )
            for name in HOSTILE
        ),
    )


def test_the_policy_allows_the_own_style_and_script_and_nothing_else(tmp_path: Path) -> None:
    _text, parsed = made(fleet(tmp_path / "store", audited("a", finding("available", "fail", 4, "m"))))
    [policy] = [attrs["content"] for tag, attrs in parsed.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    def source(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    assert directives == {
        "default-src": "'none'",
        "style-src": source(parsed.raw["style"][0]),
        "script-src": source(parsed.raw["script"][1]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_is_fetched_and_no_attribute_runs_or_styles(tmp_path: Path) -> None:
    _text, parsed = made(hostile_fleet(tmp_path / "store"))
    for tag, attrs in parsed.tags:
        assert tag not in {"img", "link", "iframe", "object", "embed"}
        assert not {"src", "style"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)
    assert {attrs["href"] for tag, attrs in parsed.tags if tag == "a"} == {
        "#hosts",
        "https://example.net/swappiness",
        "https://example.net/available",
    }


def test_hostile_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    tame = fleet(
        tmp_path / "tame",
        *(missed(f"m{n}", reason=f"r{n}") for n in range(len(HOSTILE))),
        *(
            audited(
                f"h{n}",
                finding("swappiness", "fail", f"v{n}", "m"),
                finding("available", "unknown", None, f"u{n}"),
                consumers=tuple(consumer(f"c{n}", n + 1) for n in range(len(HOSTILE))),
            )
            for n in range(len(HOSTILE))
        ),
    )
    _text, expected = made(tame)
    text, parsed = made(hostile_fleet(tmp_path / "store"))
    assert [tag for tag, _attrs in parsed.tags] == [tag for tag, _attrs in expected.tags]
    for name in HOSTILE:
        assert printable(name, 255) in parsed.data["name"]
        assert printable(name, 255) in parsed.words
    assert "54439" not in parsed.words  # what the template among the names would give
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", text)


def test_the_data_cannot_end_its_element(tmp_path: Path) -> None:
    text, _parsed = made(hostile_fleet(tmp_path / "store"))
    data = text.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert "<" not in data
    assert len(json.loads(data)["name"]) == 2 * len(HOSTILE)


def test_the_data_tells_every_host(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", finding("swappiness", "fail", 60, "m"), swap_total_bytes=0, swap_used_bytes=0),
        audited("b", finding("swappiness", "pass", 5), available_percent=None, total_bytes=None),
        missed("c", "failed", "no Python"),
        audited("d", finding("swappiness", "fail", 60, "m"), finding("available", "unknown", None, "denied")),
    )
    data = made(store)[1].data
    assert data["name"] == ["a", "b", "c", "d"]
    assert [data["statuses"][int(digit)] for digit in data["status"]] == ["audited", "audited", "failed", "audited"]
    assert [data["levels"][int(digit)] for digit in data["worst"]] == ["medium", "none", "none", "medium"]
    assert data["reason"] == {"2": "no Python"}
    assert data["total"] == [8 * GIB // 1024, None, None, 8 * GIB // 1024]
    assert data["available"] == [25.0, None, None, 25.0]
    assert data["swap_total"][0] == 0
    assert [(rule["rule"], rule["groups"]) for rule in data["rules"]] == [
        ("swappiness", [["fail", "60", [0, 3]]]),
        ("available", [["unknown", "denied", [3]]]),
    ]
    assert data["worst_rule"] == [0, -1, -1, 0]


def test_the_data_tells_what_is_at_risk(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", **SIGNALS),
        audited("b", **AT_RISK),
        audited("c", **SIGNALS),
        missed("d"),
    )
    text, parsed = made(store)
    data = parsed.data
    assert [data["pagings"][int(digit)] for digit in data["paging"]] == ["quiet", "severe", "quiet", "unknown"]
    assert (data["faults"], data["kills"]) == ([0.2, 4210.0, 0.2, None], [0, 14, 0, None])
    assert data["last_kill"] == {"1": "python3 in /web at 2026-11-25T02:17:10Z"}
    assert [data["victims"][number] for number in data["victim"]] == [
        "java (hog), the largest",
        "sshd (login service), not the largest",
        "java (hog), the largest",
        "unknown",
    ]
    ceilings = ["RLIMIT_STACK of java", "memory.max of /web", "unknown"]
    assert (data["ceilings"], data["ceiling"], data["ceiling_used"]) == (ceilings, [0, 1, 0, 2], [1.9, 96.5, 1.9, None])
    assert (data["residual"], data["exact"]) == ([0.4, -4.4, 0.4, None], [99.4, 71.0, 99.4, None])
    # And the fleet without a script.
    assert "What is at risk" in parsed.words and "14 kills, last python3 in /web" in parsed.words
    assert text.count('class="number raised"') == 6


def test_what_matters_shows_without_a_script(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", finding("swappiness", "fail", 60, "60 is too much"), consumers=(consumer("java"),)),
        *(missed(f"gone{number}") for number in range(40)),
    )
    words = made(store)[1].words
    for text in (
        "1 of 41 hosts audited",
        "40 missed",
        "Connection timed out",
        "gone0",
        "gone39",
        "Title of swappiness",
    ):
        assert text in words
    for text in (
        "fails on 1 host",
        "60 is too much",
        "Rationale of swappiness",
        "Remedy of swappiness",
        "java",
        "1.00 GiB",
    ):
        assert text in words
    assert "needs JavaScript" in words


def test_bars_are_in_proportion(tmp_path: Path) -> None:
    bounded = consumer("bounded", 2, None, pss_low_bytes=GIB // 2, pss_high_bytes=GIB, rss_bytes=None)
    text, _parsed = made(fleet(tmp_path / "store", audited("a", consumers=(consumer("exact"), bounded))))
    widths = re.findall(r'class="between" width="(\d+)".*?class="exact" width="(\d+)"', text)
    assert widths == [("500", "250"), ("500", "500")]
    assert re.findall(r'class="rss" x="(\d+)"', text) == ["996"]


def test_size_follows_distinct_findings(tmp_path: Path) -> None:
    hosts = [
        audited(
            f"web{each:05d}.example.net",
            finding("swappiness", "fail", 60, "60 is too much " * 20),
            finding("available", "fail", round(each / 97, 2), "m" * 300),
            **{**AT_RISK, "oom_kills": 0, "oom_last": None},
        )
        for each in range(400)
    ]
    one_host = len(made(fleet(tmp_path / "one", hosts[0]))[0])
    all_hosts = len(made(fleet(tmp_path / "all", *hosts))[0])
    assert (all_hosts - one_host) / 399 < 140


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    store = hostile_fleet(tmp_path / "store")
    assert made(store)[0] == made(store)[0]


def test_waivers_places_and_what_does_not_apply_show_without_a_script(tmp_path: Path) -> None:
    place = {"file": "/etc/sysctl.d/90-<b>.conf", "line": 4}
    store = fleet(
        tmp_path / "store",
        audited("a", finding("swappiness", "waived", 60, "m", waiver=waiver())),
        audited("b", finding("swappiness", "fail", 60, "60 is too much", location=place)),
        audited("c", finding("available", "waived", 3, "m", waiver=waiver())),
        audited("d", finding("readable", "not_applicable", None, "It is a <b>container</b>.")),
        waivers=(run_waiver(owner="<i>ops</i>", matched=False),),
    )
    _text, parsed = made(store)
    for words in (
        "waived on 1",
        "Decided by/etc/sysctl.d/90-<b>.conf:4",
        "1 rule applies to no audited host",
        "Title of readable: It is a <b>container</b>.",
        "Waivers to look at",
        "The waiver of <i>ops</i> for swap* on db* matches no host or rule",
        "Waived only2",
    ):
        assert words in parsed.words, words
    assert "Waivers to look at" not in made(fleet(tmp_path / "none", audited("a"), waivers=(run_waiver(),)))[0]
    levels = [parsed.data["levels"][int(digit)] for digit in parsed.data["worst"]]
    assert levels == ["waived", "medium", "waived", "none"]
    assert [group[:2] for rule in parsed.data["rules"] for group in rule["groups"]] == [
        ["fail", "60"],
        ["waived", "60 (until 2027-03-31, storage team: Moves away in spring)"],
        ["waived", "3 (until 2027-03-31, storage team: Moves away in spring)"],
    ]


def test_a_rule_has_all_its_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = ["https://example.net/one", "https://example.net/two"]
    monkeypatch.setattr(fleets, "RULES", [rule("available", "critical", references=urls)])
    _text, parsed = made(fleet(tmp_path / "store", audited("a", finding("available", "fail", 4, "m"))))
    assert [attrs["href"] for tag, attrs in parsed.tags if tag == "a"][1:] == urls


def test_a_run_of_an_older_version_has_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleets, "RULES", [{"id": "available", "severity": "high", "remediation": "Buy more."}])
    assert "Buy more." in made(fleet(tmp_path / "store", audited("a", finding("available", "fail", 4, "m"))))[1].words
