# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The remediation of an audit's findings: plans, follows what is done, looks whether it helped, reports.

The documentation is in plugins/modules/remedy.py. The changes themselves are made by the roles of this collection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._requirements import how_to_install, missing

try:
    from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
    from ansible_collections.fleet.memory.plugins.plugin_utils._remedy import answers
    from ansible_collections.fleet.memory.plugins.plugin_utils._remedy.compare import compare
    from ansible_collections.fleet.memory.plugins.plugin_utils._remedy.wishes import Step, Wish, wishes
    from ansible_collections.fleet.memory.plugins.plugin_utils._report import remediation as texts
    from ansible_collections.fleet.memory.plugins.plugin_utils._report import remediation_files, screen
    from ansible_collections.fleet.memory.plugins.plugin_utils._store import rejudge, remediations
    from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import NotASnapshot
    from ansible_collections.fleet.memory.plugins.plugin_utils._store.remediations import Remediations
    from ansible_collections.fleet.memory.plugins.plugin_utils._store.schema import AUDITED
    from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import StoreError, drivers_words
    from sqlalchemy.exc import SQLAlchemyError
except ImportError:
    MISSING = missing()
else:
    MISSING = []

AUDIT = "memory_audit_run"
"""The variable in which the audit that is going on is registered."""

WISH = "memory_remediate_wish"
"""The variable that phase wish is registered as, and that all later phases read."""

_STEP = {"step": {"type": "dict", "required": True}, "result": {"type": "dict"}, "failure": {"type": "dict"}}

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "wish": {"rules": {"type": "list", "elements": "str", "default": ["*"]}},
    "answer": _STEP,
    "state": {},
    "show": {},
    "start": {},
    "made": _STEP,
    "compare": {"pressure_rise": {"type": "float", "default": 10.0}},
    "settle": {"failure": {"type": "str", "required": True}, "taken_back": {"type": "dict", "required": True}},
    "report": {"report_dir": {"type": "path", "default": "reports"}},
}


class ActionModule(ActionBase):
    """One phase of a remediation."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING:
            raise AnsibleActionFail(how_to_install("fleet.memory.remedy", MISSING))
        phases: dict[str, Callable[[Remediations, str, dict[str, Any], dict[str, Any]], dict[str, Any]]] = {
            "wish": self._wish,
            "answer": self._answer,
            "state": self._state,
            "show": self._show,
            "start": self._start,
            "made": self._made,
            "compare": self._compare,
            "settle": self._settle,
            "report": self._report,
        }
        phase = self._task.args.get("phase")
        if phase not in phases:
            raise AnsibleActionFail(f"phase must be one of {', '.join(phases)}, and is {phase!r}")
        _spec, arguments = self.validate_argument_spec({"phase": {"type": "str"}, **_ARGUMENTS[phase]})
        variables = task_vars or {}
        source = AUDIT if phase == "wish" else WISH
        if source not in variables:
            raise AnsibleActionFail(f"phase {phase} looks for the variable {source}, and it isn't there")
        run = variables[source]
        try:
            result = phases[phase](Remediations.open(run["store"]), str(run["run"]), arguments, variables)
        except (StoreError, NotASnapshot) as problem:
            raise AnsibleActionFail(str(problem)) from problem
        except SQLAlchemyError as problem:
            raise AnsibleActionFail(f"The store can't be read or written: {drivers_words(problem)}") from None
        return {"changed": False, **result}

    def _wish(
        self, store: Remediations, run: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        host = _host(variables)
        base = {"run": run, "store": variables[AUDIT]["store"], "steps": []}
        failed = store.failed_rules(run, host)
        if not failed:
            return base
        rules = store.run(run)["policies"]
        snapshot = rejudge.stored(store, run, host).document
        parameters = Parameters(rules, host, variables, self._templar.template)
        found = wishes(rules, failed, snapshot, parameters, arguments["rules"])
        store.put(run, host, answers.not_for_roles(found))
        return {**base, "steps": [asdict(step) for step in found.steps]}

    def _answer(
        self, store: Remediations, run: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        step, result = _step(arguments["step"]), arguments["result"] or {}
        trouble = answers.trouble(result, arguments["failure"])
        if trouble is not None:
            left = [answers.left_alone(answers.REFUSED, step.rules, trouble)]
            store.plan(run, _host(variables), [], left)
            return {"planned": 0}
        if result.get("record"):
            raise AnsibleActionFail(f"{step.role} was to plan, and has changed the host: record {result['record']}")
        rows = answers.changes(step, result)
        store.plan(run, _host(variables), rows, answers.untouched(step, rows, result))
        return {"planned": len(rows)}

    def _state(
        self, store: Remediations, run: str, _arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        return {"state": store.state(run, _host(variables))}

    def _show(
        self, store: Remediations, run: str, _arguments: dict[str, Any], _variables: dict[str, Any]
    ) -> dict[str, Any]:
        remediation = self._all(store, run)
        screen.show(self._display, lambda width, colour: texts.plan_text(remediation, width, colour))
        return {"changes": remediation.changes, "hosts": remediation.counts[remediations.PLANNED]}

    def _start(
        self, store: Remediations, run: str, _arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        host, stopped = _host(variables), store.stopped(run)
        if stopped:
            store.move(run, host, remediations.NOT_TRIED)
            return {"go": False, "steps": [], "stopped": stopped}
        roles = {change["role"] for change in store.changes_of(run, host)}
        if not self._task.check_mode:
            store.move(run, host, remediations.BEGUN)
        steps = [step for step in variables[WISH]["steps"] if step["role"] in roles]
        return {"go": bool(steps), "steps": steps, "stopped": []}

    def _made(
        self, store: Remediations, run: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        trouble = answers.trouble(arguments["result"], arguments["failure"])
        if trouble is not None:
            raise AnsibleActionFail(trouble)
        step = _step(arguments["step"])
        rows = answers.changes(step, arguments["result"] or {})
        if not self._task.check_mode:
            store.made(run, _host(variables), step.role, rows)
        return {"made": len(rows)}

    def _compare(
        self, store: Remediations, run: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        host, again = _host(variables), str(variables[AUDIT]["run"])
        row = store.host(again, host)
        if row is None or row["status"] != AUDITED:
            why = row["reason"] if row and row["reason"] else "no result came back from it"
            raise AnsibleActionFail(f"the host could not be audited again: {why}")
        made = store.changes_of(run, host)
        waiting = {rule for change in made if _outstanding(change) for rule in change["rules"]}
        comparison = compare(
            rejudge.stored(store, run, host).document,
            rejudge.stored(store, again, host).document,
            store.verdicts(run, host),
            store.verdicts(again, host),
            {rule for change in made for rule in change["rules"]},
            waiting,
            arguments["pressure_rise"],
        )
        kept = {"verification": again, "comparison": asdict(comparison)}
        if comparison.worse:
            store.move(run, host, remediations.WORSE, reason="; ".join(comparison.worse), **kept)
            raise AnsibleActionFail("; ".join(comparison.worse))
        store.move(run, host, remediations.DONE, **kept)
        return asdict(comparison)

    def _settle(
        self, store: Remediations, run: str, arguments: dict[str, Any], variables: dict[str, Any]
    ) -> dict[str, Any]:
        host, back, why = _host(variables), arguments["taken_back"], arguments["failure"].removeprefix("Task failed: ")
        if back.get("failed") or back.get("unreachable"):
            state = remediations.IN_DOUBT
            why = f"{why}; and taking back failed: {back.get('msg') or 'no reason was given'}"
        else:
            state = remediations.WORSE if store.state(run, host) == remediations.WORSE else remediations.FAILED
        store.move(run, host, state, reason=why)
        return {"state": state}

    def _report(
        self, store: Remediations, run: str, arguments: dict[str, Any], _variables: dict[str, Any]
    ) -> dict[str, Any]:
        remediation = self._all(store, run)
        report_dir = Path(os.path.abspath(arguments["report_dir"]))
        try:
            paths = remediation_files.write(remediation, report_dir)
        except OSError as problem:
            raise AnsibleActionFail(f"The report can't be written below {report_dir}: {problem}") from None
        screen.show(self._display, lambda width, colour: texts.result_text(remediation, width, colour), paths.values())
        return {
            "run": run,
            "complete": remediation.complete,
            "hosts": {state: remediation.counts[state] for state in remediations.STATES},
            "missed": len(remediation.missed),
            "unsettled": len(remediation.unsettled),
            "paths": paths,
        }

    def _all(self, store: Remediations, run: str) -> texts.Remediation:
        missed = [row["host"] for row in store.hosts(run) if row["status"] != AUDITED]
        return texts.Remediation(run, store.remedied(run), missed, self._task.check_mode)


def _host(variables: Mapping[str, Any]) -> str:
    return str(variables["inventory_hostname"])


def _step(plain: Mapping[str, Any]) -> Step:
    asked = [Wish(tuple(wish["words"]), wish["value"], wish["rules"]) for wish in plain["wishes"]]
    return Step(plain["role"], plain["variables"], asked)


def _outstanding(change: Mapping[str, Any]) -> bool:
    return bool(change["needs_restart"]) and not change["restarted"]
