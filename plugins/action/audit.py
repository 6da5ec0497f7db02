# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit: opens a run, measures and judges each host of it, closes it.

The documentation is in plugins/modules/audit.py. Ansible loads this file before it forks, so what is imported and
rehearsed here is done once for the whole fleet.
"""

from __future__ import annotations

import gc
import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.ask import ask_packed
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import bundle
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, expressions, load, waivers
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.brief import brief, one_line
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.model import Rule, Waiver
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.validate import PolicyError
from ansible_collections.fleet.memory.plugins.plugin_utils._report import gate
from ansible_collections.fleet.memory.plugins.plugin_utils._requirements import how_to_install, missing
from ansible_collections.fleet.memory.plugins.plugin_utils._store import digest, rejudge, schema
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import NotASnapshot, unpack
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store, StoreError
from ansible_collections.fleet.memory.plugins.plugin_utils._store.version import collection_version

MISSING = missing()

if not MISSING:
    Store.rehearse()
    bundle(True)

RUN = "memory_audit_run"
"""The variable that the first phase is registered as, and that the others read.

Arguments in its place would be templated by every fork, which takes as long as all of the SQL there.
"""

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "begin": {
        "store": {"type": "str", "required": True},
        "policies": {"type": "list", "elements": "str", "default": ["baseline"]},
        "waivers": {"type": "raw", "default": []},
        "from_run": {"type": "str"},
        "gate": {"type": "dict", "options": gate.ARGUMENTS, "apply_defaults": True},
    },
    "measure": {},
    "record": {"reason": {"type": "str", "required": True}},
    "finish": {},
}


class ActionModule(ActionBase):
    """One phase of an audit."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING:
            raise AnsibleActionFail(how_to_install("fleet.memory.audit", MISSING))
        phases = {"begin": self._begin, "measure": self._measure, "record": self._record, "finish": self._finish}
        phase = self._task.args.get("phase")
        if phase not in phases:
            raise AnsibleActionFail(f"phase must be one of {', '.join(phases)}, and is {phase!r}")
        arguments: dict[str, Any] = {}
        if self._task.args.keys() != {"phase"} or _ARGUMENTS[phase]:
            _spec, arguments = self.validate_argument_spec({"phase": {"type": "str"}, **_ARGUMENTS[phase]})
        if phase != "begin" and RUN not in (task_vars or {}):
            raise AnsibleActionFail(f"register the result of phase begin as {RUN}, where phase {phase} looks for it")
        return {"changed": False, **phases[phase](arguments, task_vars or {})}

    def cleanup(self, force: bool = False) -> None:
        """Remove temporary files on the host; one that has gone by now has already been judged, and stays so."""
        try:
            super().cleanup(force)
        except AnsibleError as error:
            self._display.vv(f"Temporary files may be left on the host: {error}")

    def _begin(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        rules, waived = _read(arguments, [self._loader.get_basedir(), "."])
        try:
            options = gate.Options(**arguments["gate"])
        except gate.BadOption as error:
            raise AnsibleActionFail(str(error)) from error
        hosts = [str(host) for host in task_vars["ansible_play_hosts_all"]]
        inventory = [str(host) for host in (task_vars.get("groups") or {}).get("all", hosts)]
        source: str | None = None
        gone: list[str] = []
        run_id = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        try:
            store = Store.create(arguments["store"])
            if arguments["from_run"]:
                source, hosts, gone = rejudge.scope(store, arguments["from_run"], hosts, inventory)
            if options.baseline_run:
                store.run(options.baseline_run)  # told now, and not when every host has been measured
            groups = _groups_of(hosts, task_vars.get("groups") or {})
            waived = waivers.match(waived, [rule["id"] for rule in rules], groups)
            row = {"id": run_id, "collection_version": collection_version(), "policies": rules, "rejudges": source}
            store.begin({**row, "waivers": waived}, hosts)
            for host in gone:
                store.write_host({"run_id": run_id, "host": host, "status": schema.FAILED, "reason": rejudge.GONE})
        except (StoreError, rejudge.NothingToJudge) as error:
            raise AnsibleActionFail(f"No run can be begun: {error}") from error
        except Exception as error:  # whatever the database's driver raises
            raise AnsibleActionFail(f"The store {arguments['store']} can't be written: {one_line(error)}") from error
        return {
            "run": run_id,
            "store": store.url,
            "hosts": len(hosts),
            "rejudges": source,
            "gate": asdict(replace(options, left_out=len(set(inventory).difference(hosts)))),
            "rules": json.dumps({"rules": rules, "trees": expressions.trees(rules)}),
            "waivers": json.dumps([waiver for waiver in waived if waiver["matched"]]),
            "policies_sha256": hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest(),
        }

    def _measure(self, _arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        # This process ends with this host. A collection would free little, and touch, hence copy, every page that is
        # still shared with the parent: it costs more than all the rest.
        gc.disable()
        started = time.monotonic()
        host = str(task_vars["inventory_hostname"])
        run = task_vars[RUN]
        row = {"run_id": run["run"], "host": host}
        store = Store.open(run["store"])
        try:
            source = run["rejudges"]
            stored = rejudge.stored(store, source, host) if source else self._measured(task_vars)
            policy = json.loads(run["rules"])
            parameters = Parameters(policy["rules"], host, task_vars, self._templar.template)
            findings = evaluate.judge(policy["rules"], policy["trees"], stored.document, parameters)
            groups = {"all", *task_vars.get("group_names", ())}
            findings = waivers.apply(findings, json.loads(run["waivers"]), host, groups)
            summary = digest.summary(stored.document)
            result = {
                "status": schema.AUDITED,
                "seconds": round(time.monotonic() - started, 3),
                "summary": summary,
                "schema_version": stored.document["schema_version"],
                **stored.columns,
            }
            store.write_host({**row, **result}, findings, digest.consumers(stored.document))
        except rejudge.NotInRun as error:
            return {"skipped": True, "skip_reason": str(error)}
        except rejudge.NotAudited as error:
            return _missed(store, {**row, "status": error.status}, str(error))
        except AnsibleConnectionFailure as error:
            return _missed(store, {**row, "status": schema.UNREACHABLE}, error.message)
        except (AnsibleError, NotASnapshot) as error:
            return _missed(store, {**row, "status": schema.FAILED}, str(error))
        except Exception as error:  # a forged snapshot can break anything; it must not break the run
            return _missed(store, {**row, "status": schema.FAILED}, f"the snapshot can't be judged or kept: {error!r}")
        return brief(schema.AUDITED, None, findings, summary)

    def _measured(self, task_vars: dict[str, Any]) -> rejudge.Stored:
        packed = unpack(ask_packed(self, {}, task_vars))
        return rejudge.Stored(packed.document, {"snapshot": packed.compressed})

    def _record(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        run = task_vars[RUN]
        row = {"run_id": run["run"], "host": str(task_vars["inventory_hostname"]), "status": schema.FAILED}
        return _missed(Store.open(run["store"]), row, arguments["reason"].removeprefix("Task failed: "))

    def _finish(self, _arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        run = task_vars[RUN]
        store = Store.open(run["store"])
        store.finish(run["run"])
        idle = waivers.idle(store.run(run["run"])["waivers"] or [])
        return {"hosts": store.count(run["run"]), **({"warnings": idle} if idle else {})}


def _read(arguments: dict[str, Any], folders: list[str]) -> tuple[list[Rule], list[Waiver]]:
    """Rules and waivers. Raises AnsibleActionFail with all that is wrong with either."""
    wrong: list[str] = []
    rules: list[Rule] = []
    waived: list[Waiver] = []
    try:
        rules = load.load(arguments["policies"], folders)
    except PolicyError as error:
        wrong.append(f"The policy can't be used:\n{error}")
    try:
        waived = waivers.load(arguments["waivers"], folders, datetime.now(timezone.utc).date())
    except PolicyError as error:
        wrong.append(f"The waivers can't be used:\n{error}")
    if wrong:
        raise AnsibleActionFail("\n".join(wrong))
    return rules, waived


def _groups_of(hosts: Iterable[str], groups: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The groups of each host, where ``groups`` has the hosts of each group."""
    found: dict[str, set[str]] = {host: {"all"} for host in hosts}
    for group, members in groups.items():
        for member in found.keys() & set(members):
            found[member].add(group)
    return found


def _missed(store: Store, row: dict[str, Any], reason: str) -> dict[str, Any]:
    """Record that a host was not audited, and tell the play."""
    reason = one_line(reason)
    store.write_host({**row, "reason": reason})
    warning = f"{row['host']} was not audited, {row['status']}: {reason}"
    return {**brief(row["status"], reason, [], {}), "warnings": [warning]}
