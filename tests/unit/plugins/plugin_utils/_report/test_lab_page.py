# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import files, lab_page
from ansible_collections.fleet.memory.plugins.plugin_utils._report.printable import printable

from tests.support.fleets import HOSTILE
from tests.support.lessons import MIB, figure, hostile, kept, series
from tests.support.page import Parsed

SURROGATES = os.fsdecode(b"\xff\xfe")


def headings(parsed: Parsed) -> list[str | None]:
    """The lessons', by their names."""
    return [attrs["id"] for attrs in parsed.all("h2") if attrs["id"] != "standing-title"]


def page(*lessons: dict[str, Any], host: str = "web1") -> Parsed:
    return Parsed(lab_page.html(host, lessons))


def polyline(one: dict[str, Any]) -> list[tuple[float, float]]:
    """The places of the points of a series in its chart."""
    chart = lab_page.chart(one)
    assert chart is not None
    return [tuple(map(float, pair.split(","))) for pair in chart["points"].split()]  # type: ignore[misc]


# The page


def test_the_page_has_what_the_lesson_has() -> None:
    words = page(kept(series=[series(0, 64 * MIB)], note="the cause is known")).words
    for told in (
        "What memory does on web1, seen there.",
        "6. Title of page_faults",
        "What page_faults teaches.",
        "Held 2026-11-25 10:00:00 UTC",
        "type page_faults",
        "what page_faults printed",
        "Expected: What page_faults should show.",
        "The cause is known.",
        "minor faults: 2048 faults",
        "taken: 64.0 MiB",
        "RSS: 0 B to 64.0 MiB, over 0.5 s",
    ):
        assert told in words, told
    assert "Not on this host" not in words


def test_a_note_keeps_its_capitals() -> None:
    assert "The lab may take 8 MiB, says Python." in page(kept(note="the lab may take 8 MiB, says Python")).words


def test_what_cannot_be_held_has_its_reason_and_no_figures() -> None:
    parsed = page(kept(held=None, output=[], not_applicable="the host has no swap"))
    assert "Not on this host: the host has no swap." in parsed.words
    assert "minor faults" not in parsed.words and not parsed.all("li")


def test_the_lessons_are_counted_by_how_they_came() -> None:
    lessons = [
        kept("a"),
        kept("b"),
        kept("c", held=False),
        kept("d", held=None, not_applicable="no"),
        kept("e", held=None),
    ]
    parsed = page(*lessons)
    counted = re.findall(r"(yes|no|not applicable|not tried)\s*(\d+)", parsed.words)
    assert counted == [("yes", "2"), ("no", "1"), ("not applicable", "1"), ("not tried", "1")]
    kinds = [str(attrs["class"]) for attrs in parsed.all("span") if attrs.get("class")]
    assert kinds == ["held yes", "held yes", "held no", "held not-applicable", "held not-tried"]


def test_a_page_without_lessons() -> None:
    assert headings(page()) == []


def test_the_policy_allows_the_own_style_and_nothing_else() -> None:
    parsed = page(kept(series=[series(1, 2)]))
    [policy] = [attrs["content"] for attrs in parsed.all("meta") if "http-equiv" in attrs]
    assert policy is not None
    source = base64.b64encode(hashlib.sha256(parsed.style.encode()).digest()).decode()
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == {
        "default-src": "'none'",
        "style-src": f"'sha256-{source}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@pytest.mark.parametrize("name", [*HOSTILE, SURROGATES])
def test_hostile_names_are_text_and_nothing_else(name: str) -> None:
    tame, parsed = page(hostile("tame"), host="tame"), page(hostile(name), host=name)
    assert [tag for tag, _attrs in parsed.tags] == [tag for tag, _attrs in tame.tags]
    assert parsed.words.count(printable(name)) >= 8
    assert "54439" not in parsed.words  # what the template among the names would give
    text = lab_page.html(name, [hostile(name)])
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\ud800-\udfff]", text)
    for tag, attrs in parsed.tags:
        assert tag not in {"a", "img", "link", "script", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "href", "style"} & set(attrs)
        assert not any(attribute.startswith("on") for attribute in attrs)


def test_the_style_fetches_nothing() -> None:
    assert not re.search(r"url\(|@import", page(kept()).style)


# Charts


def test_a_chart_goes_from_left_to_right_and_from_bottom_to_top() -> None:
    assert polyline(series(0, 50, 100, unit="faults")) == [(0, 116), (300, 60), (600, 4)]


@pytest.mark.parametrize("points", [(7,), (7, 7, 7), (0,), (-1, -1)])
def test_a_chart_of_one_point_or_of_equal_ones(points: tuple[int, ...]) -> None:
    assert [height for _place, height in polyline(series(*points))] == [116] * len(points)
    assert f"RSS: {points[0]} faults to {points[0]} faults" in page(kept(series=[series(*points, unit="faults")])).words


def test_samples_of_one_moment() -> None:
    assert [place for place, _height in polyline(series(1, 2, at=[3.5, 3.5]))] == [0, 0]


def test_points_that_are_no_figures_are_left_out() -> None:
    nan, infinite = float("nan"), float("inf")
    odd = series(1, None, nan, infinite, -infinite, 10**400, "2", 3, at=[0, 1, 2, 3, 4, 5, 6, 7], unit="bytes")
    assert polyline(odd) == [(0, 116), (600, 4)]
    assert lab_page.chart(series(1, 2, at=[None, nan])) is None


@pytest.mark.parametrize("empty", [series(), series(None), series(float("nan"), 10**400)])
def test_a_series_without_a_known_point_has_no_chart(empty: dict[str, Any]) -> None:
    parsed = page(kept(series=[empty, series(1, 2)]))
    assert len(parsed.all("svg")) == 1 and "minor faults" in parsed.words


@pytest.mark.parametrize("value", [None, 10**400, float("nan"), -(10**30)])
def test_a_figure_may_be_anything(value: Any) -> None:
    assert (
        f"what: {'unknown' if value is None else value}" in page(kept(evidence=[figure("what", value, "bytes")])).words
    )


# One page of all lessons


def write(folder: Path, *lessons: dict[str, Any], host: str = "web1") -> list[dict[str, Any]]:
    """The lessons that are in both files after ``lessons`` were held."""
    paths = lab_page.write(host, lessons, folder / "lab")
    document = json.loads(Path(paths["json"]).read_bytes())
    assert (document["schema_version"], document["host"]) == ("1.0", host)
    assert headings(Parsed(Path(paths["html"]).read_text())) == [lesson["name"] for lesson in document["lessons"]]
    return document["lessons"]


def test_steps_come_by_their_numbers_and_then_the_demonstrations_as_they_came() -> None:
    names = ["leak", "b", "oom_kill", "a", "huge_pages"]
    numbers = [None, 10, None, 2, None]
    lessons = [kept(name, number) for name, number in zip(names, numbers)]
    assert [lesson["name"] for lesson in lab_page.in_order(lessons)] == ["a", "b", "leak", "oom_kill", "huge_pages"]


def test_lessons_come_together_on_one_page(tmp_path: Path) -> None:
    seventh, leak = kept("bash_array", 7), kept("leak", None)
    assert write(tmp_path, seventh, leak) == [seventh, leak]
    second, oom = kept("meminfo", 2), kept("oom_kill", None)
    assert write(tmp_path, oom, second) == [second, seventh, leak, oom]
    assert write(tmp_path) == [second, seventh, leak, oom]


def test_a_lesson_that_is_held_again_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    other, leak = kept("meminfo", 2), kept("leak", None)
    write(tmp_path, other, leak, kept("oom_kill", None))
    again = kept("leak", None, held=False, output=["now"])
    assert write(tmp_path, again) == [other, again, kept("oom_kill", None)]
    assert "now" in (tmp_path / "lab" / "web1.html").read_text()
    assert "what leak printed" not in (tmp_path / "lab" / "web1.html").read_text()


def test_the_last_of_a_lesson_in_one_course_counts(tmp_path: Path) -> None:
    first, last = kept(output=["first"]), kept(output=["last"])
    assert write(tmp_path, first, kept("watch", 5), last) == [kept("watch", 5), last]


def test_hosts_have_pages_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, kept("watch", 5))
    assert write(tmp_path, kept("leak", None), host="web2") == [kept("leak", None)]


def test_hostile_names_are_kept_as_they_are(tmp_path: Path) -> None:
    lessons = [{**hostile(name), "name": f"l{number}"} for number, name in enumerate([*HOSTILE, SURROGATES])]
    assert write(tmp_path, *lessons) == lessons
    assert write(tmp_path, kept("leak", None)) == [*lessons, kept("leak", None)]


def test_what_json_has_no_word_for_is_null_and_does_not_spoil_the_next_page(tmp_path: Path) -> None:
    nan = float("nan")
    odd = kept(evidence=[figure("a step", nan, "ns")], series=[series(1, nan, 3)])
    [found] = write(tmp_path, odd)
    assert (found["evidence"][0]["value"], found["series"][0]["points"]) == (None, [1, None, 3])
    assert write(tmp_path, kept("leak", None)) == [found, kept("leak", None)]


DOCUMENT = {"schema_version": "1.0", "host": "web1", "lessons": [kept()]}

CORRUPTED = {
    "empty": b"",
    "cut off": json.dumps(DOCUMENT).encode()[:-9],
    "no text": b"\xff\xfe\x00",
    "another format": b"<html>",
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "nested without end": b"[" * 100_000,
    "a huge number": b'{"schema_version": %s}' % (b"9" * 10_000),
    "no version": b"{}",
    "another version": json.dumps({**DOCUMENT, "schema_version": "2.0"}).encode(),
    "no lessons": b'{"schema_version": "1.0"}',
    **{
        f"lessons {lessons!r:.40}": json.dumps({**DOCUMENT, "lessons": lessons}).encode()
        for lessons in (
            None,
            7,
            ["leak"],
            [None],
            [{}],
            [{"name": "leak"}],
            [kept(name=[])],
            [kept(name=None)],
            [kept(number="x")],
            [kept(number=float("inf"))],
            [kept(title=7)],
            [kept(held="maybe")],
            [kept(held=[])],
            [kept(command=None)],
            [kept(output=[7])],
            [kept(evidence=[7])],
            [kept(evidence=[{}])],
            [kept(series=[None])],
            [kept(series=[{"name": "RSS"}])],
            [kept(held_at=None)],
        )
    },
}


@pytest.mark.parametrize("content", CORRUPTED.values(), ids=CORRUPTED)
def test_an_earlier_page_that_is_no_page_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, kept())
    page, document = tmp_path / "lab" / "web1.html", tmp_path / "lab" / "web1.json"
    before = page.read_bytes()
    document.write_bytes(content)
    with pytest.raises(lab_page.BadPage, match=r"/lab/web1\.json .*move it away"):
        lab_page.write("web1", [kept("leak", None)], tmp_path / "lab")
    assert (page.read_bytes(), document.read_bytes()) == (before, content)
    assert sorted(os.listdir(tmp_path / "lab")) == ["web1.html", "web1.json"]


@pytest.mark.parametrize(
    "lesson", [{}, {"name": "leak"}, kept(name=[]), kept(number="x"), kept(number=float("inf")), kept(held="maybe")]
)
def test_lessons_that_are_none_are_refused_and_nothing_is_written(tmp_path: Path, lesson: dict[str, Any]) -> None:
    write(tmp_path, kept())
    before = {path.name: path.read_bytes() for path in (tmp_path / "lab").iterdir()}
    with pytest.raises(lab_page.BadPage, match=r"The lessons of web1 are not what fleet\.memory\.lab returns"):
        lab_page.write("web1", [kept("leak", None), lesson], tmp_path / "lab")
    assert {path.name: path.read_bytes() for path in (tmp_path / "lab").iterdir()} == before


def test_a_page_that_may_not_be_read_is_no_reason_to_write_another(tmp_path: Path) -> None:
    (tmp_path / "lab" / "web1.json").mkdir(parents=True)
    with pytest.raises(OSError, match="web1"):
        lab_page.write("web1", [kept()], tmp_path / "lab")
    assert os.listdir(tmp_path / "lab") == ["web1.json"]


def test_a_name_that_cannot_be_that_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(files.BadName):
        lab_page.write("../web1", [kept()], tmp_path / "lab")
    assert list(tmp_path.iterdir()) == []
