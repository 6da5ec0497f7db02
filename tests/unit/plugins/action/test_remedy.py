# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.fleet.memory.plugins.action import remedy as action
from ansible_collections.fleet.memory.plugins.plugin_utils._store.remediations import Remediations

from tests.support.return_doc import assert_documented

JUDGING = {
    "severity": "low",
    "when": None,
    "not_applicable": "",
    "needs": [],
    "actual": "`1`",
    "pass_when": "`false`",
    "message": "",
    "location": None,
}

RULES = [
    {
        **JUDGING,
        "id": "swappiness-range",
        "parameters": {"most": {"default": 100, "type": "int", "description": ""}},
        "remediation": {
            "text": "Set it.",
            "role": "fleet.memory.swappiness",
            "variables": {"memory_swappiness_settings": "{\"vm.swappiness\": parameter('most')}"},
        },
    },
    {**JUDGING, "id": "oom-kills", "parameters": {}, "remediation": {"text": "Look.", "role": None, "variables": {}}},
]

RESULT = {
    "changes": [
        {
            "setting": "vm.swappiness",
            "scope": "live",
            "where": "/proc/sys/vm/swappiness",
            "from": "150",
            "to": "100",
            "needs_restart": None,
        }
    ]
}


class Screen:
    """In place of Ansible's display."""

    columns = 100

    def __init__(self) -> None:
        self.screen = ""

    def display(self, text: str, screen_only: bool = False, log_only: bool = False) -> None:
        self.screen += "" if log_only else text


def snapshot(kills: int = 0) -> bytes:
    document = {
        "schema_version": "1.0",
        "memory": {
            "vmstat": {"oom_kill": kills},
            "pressure": {"some": {"avg10": 0.0}, "full": {"avg10": 0.0}},
            "sysctl": {"vm.swappiness": 150},
        },
        "processes": {},
        "limits": {},
    }
    return zlib.compress(json.dumps(document).encode()) + zlib.compress(b"[]")


class Fleet:
    """A store with two audits of host ``a``, and the action for it."""

    def __init__(self, folder: Path) -> None:
        self.store = Remediations.create(str(folder / "store"))
        self.folder = folder
        self.variables: dict[str, Any] = {
            "inventory_hostname": "a",
            "memory_audit_run": {"run": "before", "store": self.store.url},
        }
        self.shown = ""

    def audit(self, run: str, kills: int = 0, status: str = "audited", **verdicts: str) -> None:
        self.store.begin({"id": run, "collection_version": "0.2.0", "policies": RULES}, ["a"])
        findings = [
            {"rule": rule.replace("_", "-"), "severity": "low", "verdict": verdict, "actual": 1, "message": "m"}
            for rule, verdict in verdicts.items()
        ]
        kept = snapshot(kills) if status == "audited" else None
        self.store.write_host(
            {"run_id": run, "host": "a", "status": status, "snapshot": kept, "reason": None}, findings
        )
        self.variables["memory_audit_run"] = {"run": run, "store": self.store.url}

    def phase(self, name: str, check_mode: bool = False, **arguments: Any) -> dict[str, Any]:
        plugin = action.ActionModule(
            SimpleNamespace(args={"phase": name, **arguments}, async_val=0, check_mode=check_mode, diff=False),
            SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere")),
            None,
            None,
            SimpleNamespace(template=lambda value: value),
            None,
        )
        plugin._display = Screen()
        result = plugin.run(task_vars=self.variables)
        self.shown = plugin._display.screen
        assert_documented(result, "remedy")
        assert result["changed"] is False
        return result

    def wish(self, **arguments: Any) -> list[dict[str, Any]]:
        result = self.phase("wish", **arguments)
        self.variables["memory_remediate_wish"] = result
        return result["steps"]

    def planned(self) -> dict[str, Any]:
        """A host whose one change is planned."""
        (step,) = self.wish()
        assert self.phase("answer", step=step, result=RESULT) == {"changed": False, "planned": 1}
        return step

    @property
    def host(self) -> dict[str, Any]:
        (host,) = self.store.remedied("before")
        return host


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    made = Fleet(tmp_path)
    made.audit("before", swappiness_range="fail", oom_kills="fail")
    return made


def test_a_wish_follows_the_host_s_parameters(fleet: Fleet) -> None:
    fleet.variables["memory_policy_most"] = 60
    (step,) = fleet.wish()
    assert step["variables"] == {"memory_swappiness_settings": {"vm.swappiness": 60}}
    assert [left["rules"] for left in fleet.host["left_alone"]] == [["oom-kills"]]


def test_a_host_without_findings_leaves_no_trace(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.audit("before", swappiness_range="pass", oom_kills="waived")
    assert fleet.wish() == []
    assert fleet.store.remedied("before") == []
    assert fleet.phase("state")["state"] == "nothing"


def test_a_plan_is_kept_and_shown(fleet: Fleet) -> None:
    fleet.planned()
    assert fleet.phase("state")["state"] == "planned"
    assert {key: value for key, value in fleet.phase("show").items() if key != "changed"} == {"changes": 1, "hosts": 1}
    assert "vm.swappiness (live): 150 -> 100" in fleet.shown and "because of swappiness-range" in fleet.shown


@pytest.mark.parametrize(
    ("result", "failure", "why"),
    [
        ({}, {"msg": "nothing was changed: too high", "failed": True}, "nothing was changed: too high"),
        ({"unreachable": True, "msg": "gone"}, None, "the host can't be reached: gone"),
    ],
)
def test_a_role_that_refuses_is_kept_with_its_reason(fleet: Fleet, result: Any, failure: Any, why: str) -> None:
    (step,) = fleet.wish()
    given = {"failure": failure} if failure else {}
    assert fleet.phase("answer", step=step, result=result, **given)["planned"] == 0
    (left,) = [left for left in fleet.host["left_alone"] if left["kind"] == "refused"]
    assert (left["rules"], left["why"], fleet.host["state"]) == (["swappiness-range"], why, "nothing")


def test_a_plan_that_changed_the_host_is_an_error(fleet: Fleet) -> None:
    (step,) = fleet.wish()
    with pytest.raises(AnsibleActionFail, match="was to plan, and has changed the host: record /var/lib/x"):
        fleet.phase("answer", step=step, result={**RESULT, "record": "/var/lib/x"})


def test_a_change_that_helped(fleet: Fleet) -> None:
    step = fleet.planned()
    assert fleet.phase("start") == {"changed": False, "go": True, "steps": [step], "stopped": []}
    assert fleet.host["state"] == "begun"
    assert fleet.phase("made", step=step, result=RESULT)["made"] == 1
    fleet.audit("after", swappiness_range="pass", oom_kills="fail")
    assert fleet.phase("compare")["gone"] == ["swappiness-range"]
    assert (fleet.host["state"], fleet.host["verification"], fleet.host["changes"][0]["made"]) == (
        "done",
        "after",
        True,
    )
    report = fleet.phase("report", report_dir=str(fleet.folder / "reports"))
    assert report["complete"] and report["hosts"]["done"] == 1
    assert all(Path(path).read_text() and path in fleet.shown for path in report["paths"].values())


@pytest.mark.parametrize(("kills", "verdict"), [(0, "fail"), (1, "pass")])
@pytest.mark.parametrize(("back", "state"), [({}, "worse"), ({"failed": True, "msg": "x"}, "in_doubt")])
def test_a_change_that_did_not(fleet: Fleet, kills: int, verdict: str, back: Any, state: str) -> None:
    step = fleet.planned()
    fleet.phase("start")
    fleet.phase("made", step=step, result=RESULT)
    fleet.audit("after", kills=kills, swappiness_range=verdict)
    with pytest.raises(AnsibleActionFail) as failed:
        fleet.phase("compare")
    assert fleet.phase("settle", failure=f"Task failed: {failed.value}", taken_back=back)["state"] == state
    assert fleet.host["reason"].startswith(str(failed.value))
    assert not fleet.phase("report", report_dir=str(fleet.folder))["complete"]


def test_a_role_that_fails_on_the_host(fleet: Fleet) -> None:
    step = fleet.planned()
    fleet.phase("start")
    with pytest.raises(AnsibleActionFail, match="no such unit"):
        fleet.phase("made", step=step, failure={"msg": "no such unit"})
    assert fleet.phase("settle", failure="no such unit", taken_back={"changed": True})["state"] == "failed"


def test_a_host_that_cannot_be_audited_again(fleet: Fleet) -> None:
    fleet.planned()
    fleet.audit("after", status="unreachable")
    with pytest.raises(AnsibleActionFail, match="could not be audited again: no result came back"):
        fleet.phase("compare")


@pytest.mark.parametrize("state", ["failed", "worse", "in_doubt"])
def test_a_later_batch_is_not_begun(fleet: Fleet, state: str) -> None:
    fleet.planned()
    fleet.store.begin({"id": "x", "collection_version": "", "policies": []}, ["b"])
    fleet.store.move("before", "a", state)
    assert fleet.phase("start") == {"changed": False, "go": False, "steps": [], "stopped": ["a"]}
    assert fleet.host["state"] == "not_tried"


def test_check_mode_keeps_no_change_as_made(fleet: Fleet) -> None:
    step = fleet.planned()
    assert fleet.phase("start", check_mode=True)["go"]
    fleet.phase("made", check_mode=True, step=step, result=RESULT)
    assert (fleet.host["state"], fleet.host["changes"][0]["made"]) == ("planned", False)
    fleet.phase("report", check_mode=True, report_dir=str(fleet.folder))
    assert "Check mode: nothing was changed." in fleet.shown


def test_on_github_no_name_in_the_plan_is_a_command(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    fleet.planned()
    fleet.phase("show")
    assert fleet.shown.startswith("::stop-commands::") and "vm.swappiness (live)" in fleet.shown


@pytest.mark.parametrize(
    ("phase", "words"),
    [("", "phase must be one of wish, "), ("x", "phase must be one of"), ("state", "looks for the variable")],
)
def test_a_phase_out_of_place(fleet: Fleet, phase: str, words: str) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        fleet.phase(phase)


def test_a_store_that_is_not_there(fleet: Fleet) -> None:
    fleet.variables["memory_remediate_wish"] = {"run": "before", "store": "sqlite:////nowhere/at/all", "steps": []}
    with pytest.raises(AnsibleActionFail, match="store can't be read or written"):
        fleet.phase("state")
