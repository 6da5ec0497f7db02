# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._report import document
from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import Overview
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.fleets import (
    AT_RISK,
    HOSTILE,
    RULES,
    RUN,
    audited,
    consumer,
    finding,
    fleet,
    missed,
    run_waiver,
    waiver,
)

SCHEMA = json.loads((Path(__file__).parents[5] / "docs" / "schemas" / "report-1.schema.json").read_text())


def made(store: Store) -> dict[str, Any]:
    text = "".join(document.pieces(store, Overview(store, store.run(RUN))))
    return json.loads(text, parse_constant=pytest.fail)  # NaN is no JSON


def valid(report: dict[str, Any]) -> dict[str, Any]:
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    return report


def test_every_host_is_there_with_all_its_verdicts(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited(
            "a",
            finding("readable", "pass", 1),
            finding("swappiness", "fail", 60, "60 is too much"),
            finding("available", "unknown", None, "denied"),
            consumers=(consumer("java"),),
            swap_total_bytes=0,
        ),
        missed("b", "failed", "no Python"),
        silent=("c",),
    )
    report = valid(made(store))
    assert report["coverage"] == {"expected": 3, "audited": 1, "unreachable": 0, "failed": 2, "complete": False}
    assert [(host["host"], host["status"]) for host in report["hosts"]] == [
        ("a", "audited"),
        ("b", "failed"),
        ("c", "failed"),
    ]
    assert [each["verdict"] for each in report["hosts"][0]["findings"]] == ["fail", "unknown", "pass"]
    assert report["hosts"][0]["findings"][0] == finding("swappiness", "fail", 60, "60 is too much")
    assert report["hosts"][0]["memory"]["swap_total_bytes"] == 0
    assert report["hosts"][1]["reason"] == "no Python"
    assert report["consumers"][0]["command"] == "java"
    assert [rule["id"] for rule in report["rules"]] == ["available", "swappiness", "readable"]


def test_places_and_waivers(tmp_path: Path) -> None:
    place = {"file": "/etc/sysctl.d/90-app.conf", "line": 4}
    findings = [
        finding("available", "waived", 4, "m", waiver=waiver()),
        finding("swappiness", "fail", 0, "m", location=place, waiver=waiver(expired=True)),
        finding("readable", "not_applicable", None, "It is a container."),
    ]
    store = fleet(tmp_path / "store", audited("a", *findings), waivers=(run_waiver(), run_waiver(matched=False)))
    report = valid(made(store))
    assert report["hosts"][0]["findings"] == [findings[1], findings[0], findings[2]]
    assert [each["matched"] for each in report["waivers"]] == [True, False]


def test_an_empty_run_is_a_valid_document_that_is_not_complete(tmp_path: Path) -> None:
    report = valid(made(fleet(tmp_path / "store")))
    assert report["hosts"] == []
    assert report["coverage"]["complete"] is False


def test_an_unfinished_run_is_valid(tmp_path: Path) -> None:
    assert valid(made(fleet(tmp_path / "store", audited("a"), finished=False)))["run"]["finished_at"] is None


def test_what_is_at_risk_is_valid_and_takes_a_few_hundred_bytes_a_host(tmp_path: Path) -> None:
    report = valid(made(fleet(tmp_path / "store", audited("a", **AT_RISK))))
    assert report["hosts"][0]["memory"]["oom_last"]["victim"] == "python3"
    assert [signal["hosts"] for signal in report["signals"]] == [1] * 6
    assert len(json.dumps(AT_RISK)) < 500


def test_names_are_kept_as_they_are(tmp_path: Path) -> None:
    hosts = [missed(name, reason=name) for name in HOSTILE]
    report = valid(
        made(fleet(tmp_path / "store", *hosts, audited("a", finding("swappiness", "fail", list(HOSTILE), "m"))))
    )
    assert {host["host"] for host in report["hosts"]} == {*HOSTILE, "a"}
    [host] = [host for host in report["hosts"] if host["host"] == "a"]
    assert host["findings"][0]["actual"] == list(HOSTILE)


def test_a_number_that_json_does_not_have_becomes_null(tmp_path: Path) -> None:
    store = fleet(
        tmp_path / "store",
        audited("a", finding("swappiness", "fail", [float("nan"), 1], "m"), used_percent=float("inf")),
    )
    [host] = valid(made(store))["hosts"]
    assert host["findings"][0]["actual"] == [None, 1]
    assert host["memory"]["used_percent"] is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report["hosts"][1].update(reason=None),
        lambda report: report["hosts"][1].update(status="pending"),
        lambda report: report["hosts"][0]["findings"][0].update(verdict="maybe"),
        lambda report: report["coverage"].pop("complete"),
        lambda report: report["run"].update(started_at="yesterday"),
        lambda report: report["signals"][0].update(hosts=-1),
        lambda report: report["hosts"][0]["memory"].update(oom_kills="many"),
    ],
)
def test_the_schema_notices(tmp_path: Path, spoil: Any) -> None:
    report = valid(made(fleet(tmp_path / "store", audited("a", finding("available", "pass", 40)), missed("b"))))
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        valid(report)


def test_memory_does_not_grow_with_the_fleet(tmp_path: Path) -> None:
    def peak(hosts: int) -> int:
        long = "x" * 3000
        findings = [finding(rule["id"], "fail", long, long) for rule in RULES]
        store = fleet(tmp_path / str(hosts), *(audited(f"h{number}", *findings) for number in range(hosts)))
        overview = Overview(store, store.run(RUN))
        tracemalloc.start()
        for _piece in document.pieces(store, overview):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    # The store hands out rows by the hundred: both fleets have more than that, one has twice the other's.
    assert peak(340) < 1.3 * peak(170)
