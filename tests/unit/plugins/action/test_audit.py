# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import gc
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible_collections.fleet.memory.plugins.action import audit as action
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import bundle
from ansible_collections.fleet.memory.plugins.plugin_utils._requirements import LIBRARIES, missing
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

from tests.support.return_doc import assert_documented

SNAPSHOT: dict[str, Any] = {
    "schema_version": "1.0",
    "memory": {"available_percent": 4.25, "used_percent": 95.75},
    "processes": {"groups": [], "processes": [], "coverage": {}},
    "limits": {},
}


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The action stops the garbage collector of its fork, which here is the process of all tests."""
    yield
    gc.enable()


def packed(document: Any) -> dict[str, Any]:
    """As the host packs it, but that a hostile host may leave out anything."""
    processes = dict(document.get("processes", {}))
    pieces = [{**document, "processes": processes}, processes.pop("processes", [])]
    if "processes" not in document:
        del pieces[0]["processes"]
    streams = b"".join(zlib.compress(json.dumps(piece).encode()) for piece in pieces)
    return {"snapshot_zlib": base64.b64encode(streams).decode()}


def run(
    answer: Any = None, variables: dict[str, Any] | None = None, transport: str = "ssh", **arguments: Any
) -> dict[str, Any]:
    """The action's result when the module's is ``answer``: an exception, a dict, or a function of the variables."""
    plugin = action.ActionModule(
        SimpleNamespace(args=arguments, async_val=0, check_mode=False, diff=False),
        SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"), transport=transport),
        None,
        SimpleNamespace(get_basedir=lambda: "/playbooks"),
        SimpleNamespace(template=lambda value: value),
        None,
    )

    def execute(**call: Any) -> Any:
        assert call["module_name"] == "fleet.memory.snapshot"
        assert call["module_args"] == {"packed": True, "bundle": bundle(True)}
        if isinstance(answer, BaseException):
            raise answer
        return answer(call["task_vars"]) if callable(answer) else answer

    plugin._execute_module = execute
    return plugin.run(task_vars={"inventory_hostname": "web1", **(variables or {})})


@pytest.fixture
def begun(tmp_path: Path) -> dict[str, Any]:
    hosts = {"ansible_play_hosts_all": ["web1", "web2"]}
    return run(phase="begin", store=str(tmp_path / "s"), variables=hosts)


def measure(begun: dict[str, Any], answer: Any, **variables: Any) -> dict[str, Any]:
    return run(answer, phase="measure", variables={"memory_audit_run": begun, **variables})


def host(begun: dict[str, Any]) -> dict[str, Any]:
    return next(Store.open(begun["store"]).hosts(begun["run"]))


def test_begin(begun: dict[str, Any]) -> None:
    assert_documented(begun, "audit")
    store = Store.open(begun["store"])
    assert store.count(begun["run"]) == {"pending": 2}
    assert store.run(begun["run"])["policies"] == json.loads(begun["rules"])["rules"]
    assert (begun["changed"], begun["hosts"], len(begun["policies_sha256"])) == (False, 2, 64)


def test_a_host_is_judged_and_kept(begun: dict[str, Any]) -> None:
    result = measure(begun, packed(SNAPSHOT))
    assert_documented(result, "audit")
    assert (result["status"], result["reason"], result["worst"]) == ("audited", None, ["memory-available"])
    assert (result["used_percent"], result["available_percent"], result["changed"]) == (95.75, 4.25, False)
    assert len(json.dumps(result)) <= 2048
    store = Store.open(begun["store"])
    assert store.snapshot(begun["run"], "web1") == SNAPSHOT
    verdicts = {row["rule"]: row["verdict"] for row in store.findings(begun["run"])}
    assert verdicts["memory-available"] == "fail" and len(verdicts) == len(json.loads(begun["rules"])["rules"])


def test_variables_of_the_host_are_parameters(begun: dict[str, Any]) -> None:
    assert measure(begun, packed(SNAPSHOT), memory_policy_available_percent_min=4)["worst"] == []


@pytest.mark.parametrize(
    ("transport", "variables", "interpreter"),
    [
        ("local", {}, sys.executable),
        ("local", {"ansible_python_interpreter": "/opt/python"}, "/opt/python"),
        ("ssh", {}, None),
    ],
)
def test_this_machine_is_measured_by_the_python_that_ansible_runs_on(
    begun: dict[str, Any], transport: str, variables: dict[str, Any], interpreter: str | None
) -> None:
    seen = []

    def answer(task_vars: dict[str, Any]) -> dict[str, Any]:
        seen.append(task_vars.get("ansible_python_interpreter"))
        return packed(SNAPSHOT)

    run(answer, phase="measure", transport=transport, variables={"memory_audit_run": begun, **variables})
    assert seen == [interpreter]


MISSED: list[tuple[Any, str, str]] = [
    (AnsibleConnectionFailure("Connection refused"), "unreachable", "Connection refused"),
    ({"unreachable": True, "msg": "gone"}, "unreachable", "gone"),
    (AnsibleError("Incorrect sudo password"), "failed", "Incorrect sudo password"),
    (RuntimeError("boom"), "failed", "RuntimeError('boom')"),
    ({"failed": True, "msg": "Lost.", "module_stderr": "sh: 1\nsh: no python\n"}, "failed", "Lost: sh: no python"),
    ({"failed": True}, "failed", "the module failed, and did not say why"),
    ({"ping": "pong"}, "failed", "the module failed, and did not say why"),
    ({"failed": True, "msg": "\x1b[2J{{ 7*7 }}\nx\udcff"}, "failed", "[2J{{ 7*7 }} x"),
    ({"snapshot_zlib": 7}, "failed", "the host's answer has no snapshot"),
    ({"snapshot_zlib": "e30="}, "failed", "can't be unpacked"),
    (packed({**SNAPSHOT, "schema_version": "2.0"}), "failed", "schema version 2.0"),
    (packed({"schema_version": "1.0"}), "failed", "can't be judged or kept: KeyError('memory')"),
    (packed({**SNAPSHOT, "processes": {"groups": [{"key": "x"}]}}), "failed", "can't be judged or kept"),
    (packed({**SNAPSHOT, "memory": 7}), "failed", "can't be judged or kept"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "status", "reason"), MISSED)
def test_a_host_that_is_missed_is_recorded_and_fails_nothing(
    begun: dict[str, Any], answer: Any, status: str, reason: str
) -> None:
    result = measure(begun, answer)
    assert "failed" not in result and "unreachable" not in result
    assert_documented({key: value for key, value in result.items() if key != "warnings"}, "audit")
    row = host(begun)
    assert (row["status"], result["status"]) == (status, status)
    assert reason in row["reason"] and reason in result["reason"] and reason in result["warnings"][0]
    assert list(Store.open(begun["store"]).findings(begun["run"])) == []


def test_numbers_that_no_database_holds(begun: dict[str, Any]) -> None:
    sizes = dict.fromkeys(
        ("rss_bytes", "pss_bytes", "pss_low_bytes", "pss_high_bytes", "uss_bytes", "swap_bytes"), 2**70
    )
    snapshot = {**SNAPSHOT, "processes": {"groups": [{"key": "x", "count": 1, **sizes}]}}
    assert measure(begun, packed(snapshot))["status"] == "failed"
    assert host(begun)["status"] == "failed"


def test_a_timeout_is_left_to_the_role(begun: dict[str, Any]) -> None:
    class TaskTimeout(BaseException):
        pass

    with pytest.raises(TaskTimeout):
        measure(begun, TaskTimeout())


def test_record(begun: dict[str, Any]) -> None:
    variables = {"memory_audit_run": begun}
    result = run(phase="record", variables=variables, reason="Task failed: 'nope' is undefined")
    assert (result["status"], result["reason"]) == ("failed", "'nope' is undefined")
    assert (host(begun)["status"], host(begun)["reason"]) == ("failed", "'nope' is undefined")


def test_finish(begun: dict[str, Any]) -> None:
    measure(begun, packed(SNAPSHOT))
    result = run(phase="finish", variables={"memory_audit_run": begun})
    assert result["hosts"] == {"audited": 1, "pending": 1}
    assert Store.open(begun["store"]).run(begun["run"])["finished_at"]


def test_a_bad_policy_makes_no_run(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"nowhere\.yml"):
        run(phase="begin", store=str(tmp_path / "s"), policies=["nowhere.yml"])
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="can't be written"):
        run(phase="begin", store=str(tmp_path / "file" / "s"), variables={"ansible_play_hosts_all": []})


def test_missing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == []
    monkeypatch.setitem(sys.modules, "jmespath", None)
    assert missing() == missing("jmespath", "jsonschema") == ["jmespath>=1.0"]
    monkeypatch.setattr(action, "MISSING", ["SQLAlchemy>=2.0", "jmespath>=1.0"])
    with pytest.raises(AnsibleActionFail, match=f"{sys.executable} -m pip install 'SQLAlchemy>=2.0' 'jmespath>=1.0'"):
        run(phase="begin", store="s")


@pytest.mark.parametrize("phase", [None, "middle"])
def test_phases(phase: str | None) -> None:
    with pytest.raises(AnsibleActionFail, match="begin, measure, record, finish"):
        run(phase=phase)


@pytest.mark.parametrize("phase", ["measure", "finish"])
def test_a_phase_without_a_run(phase: str) -> None:
    with pytest.raises(AnsibleActionFail, match="register the result of phase begin as memory_audit_run"):
        run(phase=phase)


def test_an_argument_that_a_phase_does_not_have(begun: dict[str, Any]) -> None:
    with pytest.raises(AnsibleActionFail, match="reason"):
        run(phase="measure", variables={"memory_audit_run": begun}, reason="x")


def test_temporary_files_of_a_lost_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_path: str) -> None:
        raise AnsibleConnectionFailure("gone")

    plugin = action.ActionModule(
        SimpleNamespace(args={}, async_val=0),
        SimpleNamespace(_shell=SimpleNamespace(tmpdir="/x")),
        None,
        None,
        None,
        None,
    )
    monkeypatch.setattr(plugin, "_remove_tmp_path", gone)
    plugin.cleanup()


def waiver(**changes: Any) -> dict[str, Any]:
    texts = {"reason": "it moves", "owner": "storage team", "expires": "2999-12-31"}
    return {"rule": "memory-available", "hosts": ["web1"], **texts, **changes}


def begun_with(path: Path, *waivers: dict[str, Any]) -> dict[str, Any]:
    groups = {"all": ["web1", "web2"], "web": ["web1", "web2"], "old": ["web2"]}
    variables = {"ansible_play_hosts_all": ["web1", "web2"], "groups": groups}
    return run(phase="begin", store=str(path / "s"), waivers=list(waivers), variables=variables)


@pytest.mark.parametrize(
    ("changes", "verdict", "worst"),
    [
        ({}, "waived", []),
        ({"hosts": ["web2"]}, "fail", ["memory-available"]),
        ({"hosts": ["web2"], "groups": ["web"]}, "waived", []),
        ({"hosts": ["web2"], "groups": ["all"]}, "waived", []),
        ({"hosts": ["web2"], "groups": ["old"]}, "fail", ["memory-available"]),
        ({"expires": "2020-01-31"}, "fail", ["memory-available"]),
    ],
)
def test_a_waiver_is_applied_to_the_hosts_that_it_names(
    tmp_path: Path, changes: dict[str, Any], verdict: str, worst: list[str]
) -> None:
    begun = begun_with(tmp_path, waiver(**changes))
    assert_documented(begun, "audit")
    result = measure(begun, packed(SNAPSHOT), group_names=["web"])
    assert (result["worst"], result["verdicts"].get("waived", 0)) == (worst, int(verdict == "waived"))
    store = Store.open(begun["store"])
    (row,) = (row for row in store.findings(begun["run"]) if row["rule"] == "memory-available")
    assert row["verdict"] == verdict
    assert row["message"].endswith("(the waiver of storage team expired on 2020-01-31)") == ("expires" in changes)
    (kept,) = store.run(begun["run"])["waivers"]
    assert (kept["owner"], kept["matched"]) == ("storage team", True)
    assert "warnings" not in run(phase="finish", variables={"memory_audit_run": begun})


@pytest.mark.parametrize(
    "changes", [{"hosts": ["web3"]}, {"rule": "memory-availible"}, {"hosts": ["x"], "groups": ["db"]}]
)
def test_a_waiver_that_names_nothing_is_a_warning_at_the_end(tmp_path: Path, changes: dict[str, Any]) -> None:
    begun = begun_with(tmp_path, waiver(), waiver(**changes))
    assert [each["rule"] for each in json.loads(begun["waivers"])] == ["memory-available"]
    (warning,) = run(phase="finish", variables={"memory_audit_run": begun})["warnings"]
    assert warning.startswith("the waiver of storage team for ") and warning.endswith(" matches no host or rule")


def test_bad_policies_and_bad_waivers_are_told_together_and_make_no_run(tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail) as caught:
        run(phase="begin", store=str(tmp_path / "s"), policies=["nowhere.yml"], waivers=[waiver(owner=""), "none.yml"])
    for part in ("nowhere.yml", "waiver 1: key 'owner': expected a text", "none.yml: expected a file"):
        assert part in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_requirements_are_those_of_the_file_that_users_install() -> None:
    text = (Path(__file__).resolve().parents[4] / "requirements.txt").read_text()
    assert sorted(line for line in text.splitlines() if line and line[0] != "#") == sorted(LIBRARIES.values())


def test_what_every_fork_sends_is_made_before_the_first_fork(begun: dict[str, Any]) -> None:
    made = bundle.cache_info().misses
    measure(begun, packed(SNAPSHOT))
    assert bundle.cache_info().misses == made
