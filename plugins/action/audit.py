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
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import import_module
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import bundle
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.run import run_snapshot
from ansible_collections.fleet.memory.plugins.plugin_utils._policy import evaluate, expressions, load
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.brief import brief, one_line
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.parameters import Parameters
from ansible_collections.fleet.memory.plugins.plugin_utils._store import digest, schema
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import NotASnapshot, unpack
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store
from ansible_collections.fleet.memory.plugins.plugin_utils._store.version import collection_version

_REQUIREMENTS = {"sqlalchemy": "SQLAlchemy>=2.0", "jmespath": "jmespath>=1.0"}


def _missing() -> Iterator[str]:
    """What pip would have to install."""
    for library, requirement in _REQUIREMENTS.items():
        try:
            import_module(library)
        except ImportError:
            yield requirement


MISSING = list(_missing())

if not MISSING:
    Store.rehearse()
    bundle()

RUN = "memory_audit_run"
"""The variable that the first phase is registered as, and that the others read.

Arguments in its place would be templated by every fork, which takes as long as all of the SQL there.
"""

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "begin": {
        "store": {"type": "str", "required": True},
        "policies": {"type": "list", "elements": "str", "default": ["baseline"]},
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
            raise AnsibleActionFail(_how_to_install(MISSING))
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
        try:
            rules = load.load(arguments["policies"], [self._loader.get_basedir(), "."])
        except load.PolicyError as error:
            raise AnsibleActionFail(f"The policy can't be used:\n{error}") from error
        hosts = [str(host) for host in task_vars["ansible_play_hosts_all"]]
        run_id = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        try:
            store = Store.create(arguments["store"])
            store.begin({"id": run_id, "collection_version": collection_version(), "policies": rules}, hosts)
        except Exception as error:  # whatever the database's driver raises
            raise AnsibleActionFail(f"The store {arguments['store']} can't be written: {one_line(error)}") from error
        return {
            "run": run_id,
            "store": store.url,
            "hosts": len(hosts),
            "rules": json.dumps({"rules": rules, "trees": expressions.trees(rules)}),
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
            packed = unpack(self._ask(task_vars))
            policy = json.loads(run["rules"])
            parameters = Parameters(policy["rules"], host, task_vars, self._templar.template)
            findings = evaluate.judge(policy["rules"], policy["trees"], packed.document, parameters)
            summary = digest.summary(packed.document)
            result = {
                "status": schema.AUDITED,
                "seconds": round(time.monotonic() - started, 3),
                "summary": summary,
                "snapshot": packed.compressed,
                "schema_version": packed.document["schema_version"],
            }
            store.write_host({**row, **result}, findings, digest.consumers(packed.document))
        except AnsibleConnectionFailure as error:
            return _missed(store, {**row, "status": schema.UNREACHABLE}, error.message)
        except (AnsibleError, NotASnapshot) as error:
            return _missed(store, {**row, "status": schema.FAILED}, str(error))
        except Exception as error:  # a forged snapshot can break anything; it must not break the run
            return _missed(store, {**row, "status": schema.FAILED}, f"the snapshot can't be judged or kept: {error!r}")
        return brief(schema.AUDITED, None, findings, summary)

    def _ask(self, task_vars: dict[str, Any]) -> Any:
        """The packed snapshot. Raises AnsibleConnectionFailure, or another AnsibleError with the reason."""
        if self._connection.transport == "local" and "ansible_python_interpreter" not in task_vars:
            # Ansible would take the newest python3 by its name alone; this one is known to work on this machine.
            task_vars = {**task_vars, "ansible_python_interpreter": sys.executable}
        result = run_snapshot(self, {"packed": True}, task_vars)
        if result.get("unreachable"):
            raise AnsibleConnectionFailure(str(result.get("msg")))
        if result.get("failed") or "snapshot_zlib" not in result:
            raise AnsibleActionFail(_what_failed(result))
        return result["snapshot_zlib"]

    def _record(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        run = task_vars[RUN]
        row = {"run_id": run["run"], "host": str(task_vars["inventory_hostname"]), "status": schema.FAILED}
        return _missed(Store.open(run["store"]), row, arguments["reason"].removeprefix("Task failed: "))

    def _finish(self, _arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        run = task_vars[RUN]
        store = Store.open(run["store"])
        store.finish(run["run"])
        return {"hosts": store.count(run["run"])}


def _missed(store: Store, row: dict[str, Any], reason: str) -> dict[str, Any]:
    """Record that a host was not audited, and tell the play."""
    reason = one_line(reason)
    store.write_host({**row, "reason": reason})
    warning = f"{row['host']} was not audited, {row['status']}: {reason}"
    return {**brief(row["status"], reason, [], {}), "warnings": [warning]}


def _how_to_install(requirements: list[str]) -> str:
    quoted = " ".join(f"'{requirement}'" for requirement in requirements)
    return (
        "fleet.memory.audit needs Python libraries that Ansible's own Python on the controller doesn't have. "
        f"Install them with: {sys.executable} -m pip install {quoted}"
    )


def _what_failed(result: dict[str, Any]) -> str:
    """The module's message, and the last line of what it or its interpreter printed."""
    printed = str(result.get("module_stderr") or result.get("module_stdout") or "").strip().splitlines()
    message = str(result.get("msg") or "the module gave no snapshot")
    return ": ".join(dict.fromkeys([message.rstrip("."), *printed[-1:]]))
