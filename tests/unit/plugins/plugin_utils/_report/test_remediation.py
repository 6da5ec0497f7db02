# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import remediation_files
from ansible_collections.fleet.memory.plugins.plugin_utils._report.remediation import (
    Remediation,
    plan_text,
    result_text,
)
from ansible_collections.fleet.memory.plugins.plugin_utils._store import remediations as states

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "schemas" / "remediation-1.schema.json").read_text())
HOSTILE = "a\x1b[2J\u202e<script>alert(1)</script>\n| x |"


def change(setting: str = "vm.swappiness", **values: Any) -> dict[str, Any]:
    return {
        "role": "fleet.memory.swappiness",
        "number": 1,
        "rules": ["swappiness-range"],
        "setting": setting,
        "scope": "live",
        "place": "/proc/sys/vm/swappiness",
        "before": "150",
        "after": "100",
        "needs_restart": None,
        "restarted": False,
        "made": False,
        **values,
    }


def host(name: str, state: str = states.PLANNED, *changes: dict[str, Any], **values: Any) -> dict[str, Any]:
    empty = {"reason": None, "left_alone": [], "verification": None, "comparison": None}
    return {"host": name, "state": state, **empty, "updated_at": "2026-11-25T10:00:00Z", "changes": changes, **values}


def left(kind: str, *rules: str, why: str = "Look.") -> dict[str, Any]:
    return {"kind": kind, "rules": list(rules), "why": why}


def test_hosts_that_are_alike_stand_together() -> None:
    hosts = [host(f"web{number}", states.PLANNED, change()) for number in range(9)] + [
        host("db", states.PLANNED, change(before="0"))
    ]
    text = plan_text(Remediation("r1", hosts), 100, False)
    assert "Plan of run r1: 10 changes on 10 hosts." in text
    assert text.count("vm.swappiness (live)") == 2
    assert "web0, web1, web2 and 6 more\n  vm.swappiness (live): 150 -> 100\n    because of swappiness-range" in text
    assert "db\n  vm.swappiness (live): 0 -> 100" in text


@pytest.mark.parametrize(
    ("restarted", "words"), [(True, "a.service is restarted by this run"), (False, "which is yours to do")]
)
def test_who_restarts(restarted: bool, words: str) -> None:
    one = change(needs_restart="a.service", restarted=restarted, before=None, after=None)
    text = plan_text(Remediation("r1", [host("a", states.PLANNED, one)]), 100, False)
    assert words in text and "nothing -> nothing" in text
    done = host("a", states.DONE, {**one, "made": True})
    assert ("Restart these when it suits" in result_text(Remediation("r1", [done]), 100, False)) is not restarted


def test_nothing_to_do() -> None:
    remediation = Remediation("r1", [host("a", states.NOTHING, left_alone=[left("by_hand", "swap-absent")])])
    text = plan_text(remediation, 100, False)
    assert "nothing is to be changed on any host" in text
    assert "Left alone\na\n  swap-absent, by hand: Look." in text
    assert remediation.complete


@pytest.mark.parametrize(
    ("hosts", "missed", "complete"),
    [
        ([], [], True),
        ([], ["gone"], False),
        ([host("a", states.DONE)], [], True),
        ([host("a", states.PLANNED)], [], True),
        *(([host("a", state)], [], False) for state in (states.BEGUN, *states.BAD, states.NOT_TRIED)),
        ([host("a", states.DONE, left_alone=[left("by_hand", "x")])], [], True),
        ([host("a", states.DONE, left_alone=[left("not_applicable", "x")])], [], True),
        ([host("a", states.DONE, left_alone=[left("refused", "x")])], [], False),
        ([host("a", states.NOTHING, left_alone=[left("contradicting", "x", "y")])], [], False),
    ],
)
def test_when_all_is_done(hosts: list[Any], missed: list[str], complete: bool) -> None:
    assert Remediation("r1", hosts, missed).complete is complete


def test_the_result_says_how_to_take_it_back_and_what_is_new() -> None:
    gone = {"gone": ["swappiness-range"], "waiting": ["w"], "new": ["n"]}
    hosts = [
        host("a", states.DONE, change(made=True), comparison=gone),
        host("b", states.WORSE, change(made=True), reason="n was not there before"),
        host("c", states.NOT_TRIED, change()),
    ]
    text = result_text(Remediation("r1", hosts, ["gone"]), 160, False)
    assert "Hosts got worse, taken back: 1, not tried: 1, done: 1." in text
    assert "\n  ansible-playbook fleet.memory.rollback -e run=r1\n" in text
    assert "after a restart: w; new findings: n" in text and "n was not there before" in text
    assert "nothing was planned for gone" in text
    assert text.index("got worse, taken back   ") < text.index("not tried   ") < text.index("done   ")


def test_check_mode_is_told() -> None:
    text = result_text(Remediation("r1", [host("a", states.PLANNED, change())], checked=True), 100, False)
    assert "Check mode: nothing was changed." in text and "rollback" not in text


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    one = change(
        HOSTILE, before=HOSTILE, after=HOSTILE, rules=[HOSTILE], needs_restart=HOSTILE, place=HOSTILE, made=True
    )
    bad = host("a", states.DONE, one, left_alone=[left("refused", HOSTILE, why=HOSTILE)], reason=HOSTILE)
    remediation = Remediation("r1", [bad], [HOSTILE])
    for text in plan_text(remediation, 100, False), result_text(remediation, 100, False):
        assert "\x1b" not in text and "\u202e" not in text
    paths = remediation_files.write(remediation, tmp_path)
    page = Path(paths["html"]).read_text()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert json.loads(Path(paths["json"]).read_text())["hosts"][0]["changes"][0]["setting"] == HOSTILE


def test_the_document_follows_its_schema(tmp_path: Path) -> None:
    comparison = {name: [] for name in ("gone", "waiting", "still", "new", "worse", "unknown")}
    hosts = [
        host("a", states.DONE, change(made=True), comparison=comparison, verification="r2"),
        host("b", states.NOTHING, left_alone=[left("by_hand", "x")], reason="why"),
    ]
    remediation = Remediation("r1", hosts, ["gone"])
    document = json.loads("".join(remediation_files.json_pieces(remediation)))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["states"] == {**dict.fromkeys(states.STATES, 0), "done": 1, "nothing": 1}
    assert (document["complete"], document["missed"], document["check_mode"]) == (False, ["gone"], False)
    assert document["hosts"][0]["changes"][0]["where"] == "/proc/sys/vm/swappiness"


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = "".join(remediation_files.html_pieces(Remediation("r1", [host("a", states.PLANNED, change())])))
    assert "default-src 'none'" in page and "src=" not in page and "vm.swappiness" in page
