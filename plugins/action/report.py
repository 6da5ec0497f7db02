# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the reports of an audit from the store. Everything happens on the controller."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.fleet.memory.plugins.plugin_utils._report import gate
from ansible_collections.fleet.memory.plugins.plugin_utils._requirements import how_to_install, missing

try:
    from ansible_collections.fleet.memory.plugins.plugin_utils._report import (
        document,
        github,
        junit,
        reports,
        screen,
        terminal,
    )
    from ansible_collections.fleet.memory.plugins.plugin_utils._report.overview import HostLine, Overview
    from ansible_collections.fleet.memory.plugins.plugin_utils._report.severity import SEVERITIES
    from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store, StoreError, drivers_words
    from sqlalchemy.exc import SQLAlchemyError
except ImportError:
    MISSING = missing()
else:
    MISSING = []

ARGUMENTS = {
    "store": {"type": "str", "required": True},
    "run": {"type": "str"},
    "report_dir": {"type": "path", "default": "reports"},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["terminal", "json", "html", "junit", "sarif", "csv", "markdown", "github"],
        "default": ["terminal", "json", "html"],
    },
    "gate": {"type": "dict", "options": gate.ARGUMENTS},
}

NAMED = 5
"""Missed hosts and their reasons that the result carries; the reports name all of them."""


class ActionModule(ActionBase):
    """The action behind ``fleet.memory.report``; its documentation is in plugins/modules/report.py."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if MISSING:
            raise AnsibleActionFail(how_to_install("fleet.memory.report", MISSING))
        _spec, arguments = self.validate_argument_spec(ARGUMENTS)
        if "junit" in arguments["formats"] and junit.MISSING is not None:
            raise AnsibleActionFail(how_to_install("junit.xml", missing("junitparser")))
        # An absolute path, so that what is printed can be opened from any folder.
        report_dir = Path(os.path.abspath(arguments["report_dir"]))
        try:
            store = Store.open(arguments["store"])
            run = store.run(arguments["run"]) if arguments["run"] else store.latest()
            overview = Overview(store, run)
            answer = gate.judge(store, overview, gate.Options(**arguments["gate"])) if arguments["gate"] else None
            unknown_fails = (arguments["gate"] or {}).get("unknown_fails", True)
            paths = reports.write(store, overview, report_dir, arguments["formats"], answer, unknown_fails)
            notes = github.lines(store, overview) if "github" in arguments["formats"] else []
        except (StoreError, reports.BadRunId, gate.BadOption) as problem:
            raise AnsibleActionFail(str(problem)) from None
        except SQLAlchemyError as problem:
            words = drivers_words(problem)
            raise AnsibleActionFail(f"The store can't be read, or no audit has written to it yet: {words}") from None
        except OSError as problem:
            raise AnsibleActionFail(f"The report can't be written below {report_dir}: {problem}") from None
        if "terminal" in arguments["formats"]:
            screen.show(self._display, lambda width, colour: terminal.text(overview, width, colour), paths.values())
        if notes:
            self._display.display("\n".join(notes), screen_only=True)
        return {**_result(overview, paths), **({"gate": _gate(answer)} if answer else {})}


def _result(overview: Overview, paths: dict[str, str]) -> dict[str, Any]:
    levels = overview.hosts_by_level
    return {
        "changed": False,
        "failed": False,
        "run": overview.run["id"],
        "paths": paths,
        "coverage": document.coverage(overview.coverage),
        "complete": overview.coverage.complete,
        "missed": [_missed(host) for host in overview.missed[:NAMED]],
        "hosts_by_worst_finding": {severity: levels[severity] for severity in reversed(SEVERITIES)},
        "hosts_not_fully_judged": levels["unknown"],
    }


def _gate(answer: gate.Gate) -> dict[str, Any]:
    return {
        "passed": answer.passed,
        "conditions": [asdict(condition) for condition in answer.conditions],
        "lines": answer.lines,
    }


def _missed(host: HostLine) -> dict[str, str]:
    return {"host": host.name, "status": host.status, "reason": host.reason}
