# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import sarif
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import audited, finding, fleet, missed, waiver
from tests.support.traps import TRAPS, trapped

SCHEMA = json.loads(Path("tests/fixtures/schemas/sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)


def log(store: Store) -> dict[str, Any]:
    """The only run of the log, which is checked against the schema and the rules of the standard that it can't hold."""
    document = json.loads("".join(sarif.pieces(store, Overview(store, store.latest()))))
    VALIDATOR.validate(document)
    [run] = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"]
        assert (result["level"] != "none") == (result["kind"] == "fail")
        assert result["suppressions"] is not None
        [location] = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
    failed = any(each["level"] == "error" for each in run["invocations"][0]["toolExecutionNotifications"])
    assert run["invocations"][0]["executionSuccessful"] is not failed
    return dict(run)


def test_the_format_checker_really_checks() -> None:
    with pytest.raises(jsonschema.ValidationError, match="uri-reference"):
        VALIDATOR.evolve(schema={"format": "uri-reference"}).validate("not a uri|")


@pytest.mark.parametrize(("rule", "level"), [("available", "error"), ("swappiness", "warning"), ("readable", "note")])
def test_levels_follow_the_severity(tmp_path: Path, rule: str, level: str) -> None:
    run = log(fleet(tmp_path / "s", audited("a", finding(rule, "fail", 1, "m"))))
    assert [(result["kind"], result["level"]) for result in run["results"]] == [("fail", level)]
    levels = {each["id"]: each["defaultConfiguration"]["level"] for each in run["tool"]["driver"]["rules"]}
    assert levels[rule] == level


def test_only_what_does_not_pass_is_a_result(tmp_path: Path) -> None:
    found = [
        finding("available", "unknown", None, "m"),
        finding("swappiness", "waived", 90, "over 60", waiver=waiver()),
        finding("readable", "not_applicable", None, "n"),
    ]
    more = [finding("available", "pass"), finding("swappiness", "error", None, "")]
    run = log(fleet(tmp_path / "s", audited("a", *found), audited("b", *more)))
    told = [(each["ruleId"], each["kind"], each["level"], each["message"]["text"]) for each in run["results"]]
    assert told == [
        ("available", "open", "none", "a: m"),
        ("swappiness", "fail", "warning", "a: over 60"),
        ("swappiness", "open", "none", "b: Title of swappiness"),
    ]
    assert [len(each["suppressions"]) for each in run["results"]] == [0, 1, 0]
    assert run["results"][1]["suppressions"][0] == {
        "kind": "external",
        "status": "accepted",
        "justification": "waived by storage team until 2027-03-31: Moves away in spring",
    }
    assert run["properties"]["verdicts"] == {"unknown": 1, "waived": 1, "not_applicable": 1, "pass": 1, "error": 1}


def test_an_expired_waiver_suppresses_nothing(tmp_path: Path) -> None:
    found = finding("swappiness", "fail", 90, "over 60", waiver=waiver(expired=True))
    [result] = log(fleet(tmp_path / "s", audited("a", found)))["results"]
    assert (result["suppressions"], result["level"]) == ([], "warning")


@pytest.mark.parametrize(
    ("location", "uri", "line"),
    [
        (None, "web%201", None),
        ({"file": "/etc/sysctl.d/x y.conf", "line": 3}, "web%201/etc/sysctl.d/x%20y.conf", 3),
        ({"file": "/etc/x", "line": None}, "web%201/etc/x", None),
        ({"file": "/etc/x", "line": 0}, "web%201/etc/x", None),
        ({"file": "/etc/x", "line": True}, "web%201/etc/x", None),
        ({"file": "//../../x/./y", "line": 1}, "web%201/x/y", 1),
        ({"file": 7, "line": 1}, "web%201", None),
        ({}, "web%201", None),
    ],
)
def test_locations_stay_in_the_folder_of_the_host(
    tmp_path: Path, location: dict[str, Any] | None, uri: str, line: int | None
) -> None:
    found = finding("available", "fail", 1, "m", location=location)
    [result] = log(fleet(tmp_path / "s", audited("web 1", found)))["results"]
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert place["physicalLocation"].get("region") == ({"startLine": line} if line else None)
    assert place["logicalLocations"] == [{"name": "web 1", "kind": "host"}]


def test_fingerprints_tell_findings_apart_and_stay_over_runs(tmp_path: Path) -> None:
    def prints(run: str, *actuals: int) -> list[str]:
        hosts = [
            audited(name, *(finding(rule, "fail", actual, f"m{actual}") for rule in ("available", "readable")))
            for name, actual in zip("ab", actuals)
        ]
        store = fleet(tmp_path / "s", *hosts, run=run)
        return [result["partialFingerprints"][sarif.FINGERPRINT] for result in log(store)["results"]]

    first = prints("1", 1, 2)
    assert len(set(first)) == 4
    assert prints("2", 3, 4) == first


def test_missed_hosts_make_the_run_incomplete(tmp_path: Path) -> None:
    run = log(fleet(tmp_path / "s", audited("a"), missed("b"), silent=("c",)))
    notices = run["invocations"][0]["toolExecutionNotifications"]
    assert [notice["message"]["text"] for notice in notices] == [
        "b was not audited, unreachable: Connection timed out",
        "c was not audited, failed: no result came back from this host",
    ]
    assert {notice["level"] for notice in notices} == {"error"}
    assert log(fleet(tmp_path / "t", audited("a")))["invocations"][0]["executionSuccessful"] is True
    assert log(fleet(tmp_path / "u"))["invocations"][0]["executionSuccessful"] is False


def test_a_run_of_an_older_version_has_its_results(tmp_path: Path) -> None:
    store = fleet(tmp_path / "s", audited("a", finding("available", "fail", 1, "m")))
    old = {**store.latest(), "policies": [{"id": "available", "title": "T", "severity": "high", "remediation": "R"}]}
    store.latest = lambda: old  # type: ignore[method-assign]
    [rule] = log(store)["tool"]["driver"]["rules"]
    assert (rule["help"]["text"], rule["fullDescription"]["text"], "helpUri" in rule) == ("R", "T", False)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    store, _overview = trapped(tmp_path / "s")
    run = log(store)
    assert len(run["results"]) == 2 + 3 * len(TRAPS)
    texts = [result["message"]["text"] for result in run["results"]]
    texts += [notice["message"]["text"] for notice in run["invocations"][0]["toolExecutionNotifications"]]
    for text in texts:
        assert text.isprintable()
        assert "](" not in text  # no link
        left = text.replace("{{", "").replace("}}", "")
        assert "{" not in left and "}" not in left  # no placeholder
    for result in run["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not {"", ".", ".."} & set(unquote(uri).split("/"))
    hosts = {result["locations"][0]["logicalLocations"][0]["name"] for result in run["results"]}
    assert len(hosts) == 1 + len(TRAPS)


def test_numbers_that_json_does_not_have_become_null(tmp_path: Path) -> None:
    [result] = log(fleet(tmp_path / "s", audited("a", finding("available", "fail", float("nan"), "m"))))["results"]
    assert result["properties"]["actual"] is None
