# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints what a finding asks for, role and variables, as JSON: ``remediation.py REPORTS RULE HOST``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible_collections.fleet.memory.plugins.plugin_utils._policy.expressions import PolicyFunctions, search, tree
from ansible_collections.fleet.memory.plugins.plugin_utils._policy.load import load
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store

reports, rule_id, host = Path(sys.argv[1]), *sys.argv[2:]
run = json.loads((reports / "latest" / "report.json").read_text())["run"]["id"]
snapshot = Store.open(str(reports / "fleet-memory.sqlite")).snapshot(run, host)
(rule,) = [rule for rule in load(["baseline"], []) if rule["id"] == rule_id]
remediation = rule["remediation"]
variables = {
    name: search(tree(expression), snapshot, {}, PolicyFunctions())
    for name, expression in remediation["variables"].items()
}
print(json.dumps({"role": remediation["role"], "variables": variables}))
