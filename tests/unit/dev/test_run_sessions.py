# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closing line of `make test` must not hide anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev import run_sessions
from dev.run_sessions import Count, count_session, slug

MIXED = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure message="no"/></testcase>
<testcase name="d"><error message="worse"/></testcase>
<testcase name="e"><skipped message="no podman"/></testcase>
</testsuite></testsuites>"""
GREEN = '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>'


@pytest.mark.parametrize(
    ("result", "files", "expected"),
    [
        ("success", {}, Count(1, 0, 0)),
        ("failed", {}, Count(0, 1, 0)),
        ("skipped", {}, Count(0, 0, 1)),
        ("success", {"one.xml": GREEN}, Count(1, 0, 0)),
        ("failed", {"one.xml": MIXED}, Count(2, 2, 1)),
        ("failed", {"one-a.xml": GREEN, "one-b.xml": MIXED, "other.xml": GREEN}, Count(3, 2, 1)),
        # Tests that all pass don't make up for a session that breaks after them.
        ("failed", {"one.xml": GREEN}, Count(1, 1, 0)),
    ],
)
def test_count_session(
    result: str, files: dict[str, str], expected: Count, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_sessions, "RESULTS", tmp_path)
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert count_session("one", {"result": result, "reason": None}, []) == expected


def test_reasons_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_sessions, "RESULTS", tmp_path)
    (tmp_path / "one.xml").write_text(MIXED)
    skips: list[str] = []
    count_session("one", {"result": "failed", "reason": None}, skips)
    count_session("two", {"result": "skipped", "reason": "needs Python 3.12"}, skips)
    assert skips == ["one: e: no podman", "two: needs Python 3.12"]


@pytest.mark.parametrize(
    ("session", "expected"), [("unit", "unit"), ("controllers(core='2.21.5')", "controllers-core-2.21.5")]
)
def test_slug(session: str, expected: str) -> None:
    assert slug(session) == expected


def test_the_closing_line() -> None:
    assert str(Count(12, 3, 4)) == "12 passed, 3 failed, 4 skipped"
