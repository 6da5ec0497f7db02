# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._diagnose.text import text

from tests.support.diagnosed_host import diagnosed

HOSTILE = "{{ 7*7 }}\x1b[2J\n{actual.kills}"


def row(name: str, applies: bool | None, kind: str = "trouble", **changes: Any) -> dict[str, Any]:
    return {
        "row": name,
        "kind": kind,
        "title": name.title(),
        "applies": applies,
        "meaning": f"What {name} means." if applies else None,
        "figures": {"used_bytes": 3 << 20, "log": "", "largest": [{"command": HOSTILE, "pid": 9}]},
        "what_to_do": f"Mend {name}." if applies else None,
        "reason": None if applies else "for a reason.",
        **changes,
    }


def shown(*rows: dict[str, Any], coverage: Any = None, width: int = 80, colour: bool = False) -> str:
    return text({"host": "web1", "seconds": 5.0, "rows": list(rows), "coverage": coverage}, width, colour)


def test_what_applies_comes_first_then_what_does_not_then_the_unknown() -> None:
    told = shown(row("unseen", None), row("quiet", False), row("vsz", True, "mistake"), row("leak", True))
    assert told.splitlines()[0] == "web1: diagnosis of its memory, watched for 5.0 s"
    places = [
        told.index(words) for words in ("Troubles:", "  Leak", "Mend leak.", "Mistakes that", "  Vsz", "Mend vsz.")
    ]
    places += [
        told.index(words) for words in ("Doesn't apply: Quiet (for a reason).", "Unknown: Unseen: for a reason.")
    ]
    assert places == sorted(places)


def test_figures_are_told_and_names_cannot_harm() -> None:
    told = shown(row("leak", True))
    assert "used: 3.00 MiB" in told and "pid 9" in told
    assert "{{ 7*7 }}\\x1b[2J\\x0a{actual.kills}" in told
    assert all(line.isprintable() for line in told.splitlines())


@pytest.mark.parametrize("applies", [None, False])
def test_a_reason_and_a_name_of_a_host_cannot_harm_either(applies: bool | None) -> None:
    told = text(
        {"host": HOSTILE, "seconds": None, "rows": [row("a", applies, reason=HOSTILE)], "coverage": None}, 90, False
    )
    assert told.count("\\x1b[2J\\x0a") == 2 and "watched for unknown" in told
    assert all(line.isprintable() for line in told.splitlines())


@pytest.mark.parametrize("width", [1, 40, 80, 200])
def test_lines_fit(width: int) -> None:
    assert max(map(len, shown(row("leak", True), row("a", False), width=width).splitlines())) <= max(40, width)


def test_colours_are_asked_for() -> None:
    assert "\033[0;31mLeak\033[0m" in shown(row("leak", True), colour=True)
    assert "\033" not in shown(row("leak", True))


def test_an_explanation_is_read_once() -> None:
    said = row("killed", True, meaning="Kills: 1. The log has it.", figures={"kills": 1, "log": "The log has it."})
    assert shown(said).count("The log has it.") == 1
    assert "container: podman" in shown(row("slow", True, figures={"container": "podman"}))


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        ({"complete": True, "hidepid": False}, ""),
        (None, ""),
        (
            {"complete": False, "read": 3, "processes": 9, "unread": {"denied": 6}},
            "3 of 9 processes (6 denied). As root",
        ),
        (
            {"complete": True, "hidepid": True, "read": 3, "processes": 3, "unread": {}},
            "those of other users are hidden",
        ),
    ],
)
def test_what_was_not_seen_is_told(coverage: Any, words: str) -> None:
    told = " ".join(shown(coverage=coverage).split())
    assert words in told and ("Not all could be read" in told) is bool(words)


def test_figures_that_were_cut_are_shown_as_they_are() -> None:
    assert '[{"command"…' in shown(row("leak", True, figures='[{"command"…'))


def test_a_real_diagnosis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = text(diagnosed("linux-6.12-debian-13", tmp_path, monkeypatch), 100, False)
    assert "Swap ignored" in told and "python3, pid 501, unit swapper.service, swap 22.9 MiB" in told
