# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import github
from ansible_collections.fleet.memory.plugins.plugin_utils._report.inert import inert
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import audited, finding, fleet, missed, waiver
from tests.support.traps import TRAPS, trapped

Command = tuple[str, dict[str, str], str]


def parsed(line: str) -> Command:
    """``line`` as GitHub's runner reads it: ActionCommand.TryParseV2, with its order of unescaping."""
    line = line.lstrip()
    assert line.startswith("::")
    info, _separator, data = line[2:].partition("::")
    name, _space, properties = info.partition(" ")
    found = dict(pair.split("=", 1) for pair in properties.strip().split(",") if pair)

    def unescaped(text: str, *pairs: tuple[str, str]) -> str:
        for code, character in (("%0D", "\r"), ("%0A", "\n"), *pairs, ("%25", "%")):
            text = text.replace(code, character)
        return text

    values = {key: unescaped(value, ("%3A", ":"), ("%2C", ",")) for key, value in found.items()}
    return name, values, unescaped(data)


def commands(store: Store) -> list[Command]:
    lines = github.lines(store, Overview(store, store.latest()))
    assert not [line for line in lines if len(line.splitlines()) != 1]
    return [parsed(line) for line in lines]


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (
            finding("available", "fail", 4, "4 %: low, very", location={"file": "/etc/a,b:c", "line": 3}),
            ("error", {"title": "Title of available", "file": "a/etc/a,b:c", "line": "3"}, "a: 4 %: low, very"),
        ),
        (
            finding("swappiness", "fail", 4, "m", location={"file": "/etc/x", "line": None}),
            ("warning", {"title": "Title of swappiness", "file": "a/etc/x"}, "a: m"),
        ),
        (finding("readable", "fail", 4, ""), ("notice", {"title": "Title of readable"}, "a: Title of readable")),
        (
            finding("available", "unknown", None, "m"),
            ("warning", {"title": "Title of available"}, "a: unknown: m"),
        ),
        (finding("readable", "error", None, "m"), ("warning", {"title": "Title of readable"}, "a: error: m")),
    ],
)
def test_a_finding_is_a_command(tmp_path: Path, found: dict[str, Any], command: Command) -> None:
    assert commands(fleet(tmp_path / "s", audited("a", found))) == [command]


def test_what_is_settled_has_no_annotation(tmp_path: Path) -> None:
    found = [
        finding("available", "pass"),
        finding("swappiness", "waived", 90, "m", waiver=waiver()),
        finding("readable", "not_applicable", None, "m"),
    ]
    assert commands(fleet(tmp_path / "s", audited("a", *found))) == []


def test_missed_hosts_are_one_error_and_come_first(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "s",
        audited("z", finding("available", "fail", 1, "m")),
        *map(missed, "abc"),
        missed("d", "failed", "x"),
    )
    first, second = commands(store)
    assert first == (
        "error",
        {"title": "Hosts were not audited"},
        "1 of 5 hosts audited, 4 missed (3 unreachable, 1 failed). "
        "unreachable: Connection timed out (3 hosts, a is one) failed: x (1 host, d is one)",
    )
    assert second[2] == "z: m"


def test_an_empty_inventory_is_an_error(tmp_path: Path) -> None:
    [(name, _properties, text)] = commands(fleet(tmp_path / "s"))
    assert (name, text) == ("error", "No host was audited: the inventory is empty.")


def test_only_the_worst_are_printed_and_the_rest_is_counted(tmp_path: Path) -> None:
    hosts = [
        audited(f"h{n:03}", finding("readable", "fail", 1, "m"), finding("swappiness", "unknown")) for n in range(60)
    ]
    hosts[59][1].append(finding("available", "fail", 1, "worst"))
    made = commands(fleet(tmp_path / "s", *hosts))
    assert len(made) == github.MOST + 1
    assert made[0][2] == "h059: worst"
    assert {name for name, _properties, _text in made[1:]} == {"notice"}
    assert made[-1][2] == "71 more findings without an annotation; the reports have all of them."
    assert github.MOST + 71 == 121


def test_hostile_texts_stay_in_their_command(tmp_path: Path) -> None:
    store, _overview = trapped(tmp_path / "s")
    made = commands(store)
    assert len(made) == github.MOST + 1
    for name, properties, text in made:
        assert name in ("error", "warning", "notice")
        assert set(properties) <= {"title", "file", "line"}
        assert text.isprintable()
        assert not {"", ".", ".."} & set(properties.get("file", "x").split("/"))
    # The first is about the missed hosts; then come all "available" that fail, one of each trap.
    assert {properties["title"] for _name, properties, _text in made[1 : 2 + len(TRAPS)]} == {"Title of available"}


def test_a_text_made_inert_has_its_token_around_it() -> None:
    assert inert("a\n::error::b", "t0k3n").split("\n") == [
        "::stop-commands::t0k3n", "a", "::error::b", "::t0k3n::",
    ]  # fmt: skip
