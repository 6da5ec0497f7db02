# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""junit.xml: one suite for each host, one case for each rule, for the test reports of CI systems.

Made to the schema of Jenkins' xunit plugin (junit-10.xsd), one host at a time. The class of a case begins with the
host: GitLab doesn't look at suites, and takes cases with the same class and name for one and the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from .._absent import Absent
from .._policy.model import ERROR, FAIL, NOT_APPLICABLE, UNKNOWN, WAIVED
from .._store.schema import AUDITED
from .._store.store import Row, Store
from .judged import judged_hosts
from .outcome import clean, place, remedy, waived, words
from .overview import Overview
from .values import shown

try:
    from junitparser import Error, Failure, Skipped, xunit2
except ImportError as error:
    MISSING: ImportError | None = error
    Error = Failure = Skipped = xunit2 = Absent()  # type: ignore[assignment,misc]
else:
    MISSING = None

AUDIT = "audited"
"""The only case of a host that was missed."""

_DECLARATION = re.compile(r"^<\?xml[^>]*\?>\s*")


def pieces(store: Store, overview: Overview, unknown_fails: bool = True) -> Iterator[str]:
    """The file in pieces. Without ``unknown_fails`` a rule that can't be judged is a skipped case, not an error."""
    rules = {rule["id"]: rule for rule in overview.run["policies"]}
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {_totals(overview, unknown_fails)}>\n'
    for host, findings in judged_hosts(store, overview.run["id"]):
        yield _suite(host, [_case(host, finding, rules, unknown_fails) for finding in findings])
    if not overview.hosts:
        # Readers take a file without a case for a success, or for no report at all.
        yield _suite({"host": "inventory", "status": "failed", "reason": "the inventory has no hosts"}, [])
    yield "</testsuites>\n"


def _totals(overview: Overview, unknown_fails: bool) -> str:
    rules = [*overview.findings, *overview.passing, *overview.inapplicable]
    missed = len(overview.missed) or int(not overview.hosts)
    numbers = {
        "tests": missed + sum(rule.verdicts.total() for rule in rules),
        "failures": sum(rule.verdicts[FAIL] for rule in rules),
        "errors": missed + unknown_fails * sum(rule.unjudged for rule in rules),
    }
    attributes = {"name": f"fleet.memory {overview.run['id']}", **numbers}
    return " ".join(f"{name}={quoteattr(clean(value))}" for name, value in attributes.items())


def _suite(host: Row, cases: list[Any]) -> str:
    name = clean(host["host"])
    if host["status"] != AUDITED:
        missed = xunit2.TestCase(AUDIT, classname=name)
        missed.result = [Error(f"{host['status']}: {clean(host['reason'])}", host["status"])]
        cases = [missed]
    suite = xunit2.TestSuite(name)
    suite.add_testcases(cases)
    suite.hostname = name
    suite.time = round(host.get("seconds") or 0, 3)
    if host.get("audited_at"):
        suite.timestamp = clean(host["audited_at"]).removesuffix("Z")  # the schema's times have no zone
    return _DECLARATION.sub("", suite.tostring().decode()) + "\n"


def _case(host: Row, finding: Mapping[str, Any], rules: Mapping[str, Any], unknown_fails: bool) -> Any:
    rule, verdict = rules.get(finding["rule"], {}), finding["verdict"]
    message, waiver = words(finding, rule), finding.get("waiver")
    case = xunit2.TestCase(clean(finding["rule"]), classname=f"{clean(host['host'])}.{clean(rule.get('policy', ''))}")
    if verdict == FAIL:
        case.result = [Failure(message, finding["severity"])]
    elif verdict in (UNKNOWN, ERROR):
        outcome = Error if unknown_fails else Skipped
        case.result = [outcome(f"{verdict}: {message}", verdict)]
    elif verdict == WAIVED and waiver:
        case.result = [Skipped(f"{waived(waiver)} ({message})", verdict)]
    elif verdict in (NOT_APPLICABLE, WAIVED):
        case.result = [Skipped(message, verdict)]
    if verdict in (FAIL, UNKNOWN, ERROR):
        case.result[0].text = "\n".join(_details(host["host"], finding, rule))
    return case


def _details(host: str, finding: Mapping[str, Any], rule: Mapping[str, Any]) -> Iterator[str]:
    """What a developer who sees only this case needs to know."""
    yield f"{finding['severity']}: {clean(rule.get('title', finding['rule']))}"
    if finding["verdict"] == FAIL:
        yield f"Value: {shown(finding['actual'])}"
    path, line = place(host, finding.get("location"))
    if len(path) > 1:
        yield f"Decided by: /{'/'.join(path[1:])}" + (f":{line}" if line else "")
    if to_do := remedy(rule):
        yield f"Remedy: {to_do}"
    for reference in rule.get("references", []):
        yield f"See: {clean(reference)}"
