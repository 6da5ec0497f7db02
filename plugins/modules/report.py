#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Make the reports of a memory audit
version_added: 0.1.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Reads a run of M(fleet.memory.audit) from its store and makes a table on the terminal and report
    files from it. The same run gives the same reports, whenever they are made.
  - Every host that the run was asked to audit is in the reports, audited or missed. Missed hosts come first.
  - All files are made with mode 0600 in C(<report_dir>/<run id>/), and appear complete or not at all.
    C(<report_dir>/latest) is a link to the folder of the newest run.
  - C(report.html) is one file that needs no network and no server. C(report.json) follows
    C(docs/schemas/report-1.schema.json).
  - For pipelines there are C(junit.xml) with one suite for each host and one case for each rule, C(report.sarif) after
    SARIF 2.1.0, C(report.csv) with one row for each finding, C(summary.md) for a comment on a pull request or
    C($GITHUB_STEP_SUMMARY), and annotations of GitHub on the screen.
extends_documentation_fragment: [fleet.memory.controller]
options:
  store:
    description: The store that the audit wrote, as a path of an SQLite file or a database URL.
    type: str
    required: true
  run:
    description: Id of the run to report. The newest one when it's not given.
    type: str
  report_dir:
    description: Folder below which the reports are written. A relative path starts at the working directory.
    type: path
    default: reports
  formats:
    description:
      - Which reports to make. V(junit), V(sarif), V(csv) and V(markdown) are the files C(junit.xml), C(report.sarif),
        C(report.csv) and C(summary.md).
      - With V(github), the worst 50 findings are printed as annotations, which GitHub shows beside a pull request.
    type: list
    elements: str
    choices: [terminal, json, html, junit, sarif, csv, markdown, github]
    default: [terminal, json, html]
  gate:
    description:
      - What the gate of a pipeline asks for. The answer is RV(ignore:gate) of the result; the task itself doesn't fail.
      - C(begin) of M(fleet.memory.audit) checks these options early, and returns them as
        RV(fleet.memory.audit#module:gate).
    type: dict
    suboptions:
      fail_on:
        description: The lowest severity that fails the gate. With V(none) no finding does.
        type: str
        choices: [none, info, low, medium, high, critical]
        default: medium
      min_coverage:
        description: How many percent of the hosts must have been audited, 0 or 1 to 100.
        type: float
        default: 100.0
      unknown_fails:
        description: Whether a rule of such a severity that couldn't be judged, V(unknown) or V(error), fails the gate.
        type: bool
        default: true
      baseline_run:
        description:
          - Id of an earlier run in the store. What failed or couldn't be judged on the same host there doesn't fail the
            gate.
        type: str
      left_out:
        description: Hosts of the inventory that the run was not asked to audit. The gate mentions them.
        type: int
        default: 0
attributes:
  check_mode:
    details: Does the same as otherwise. Reports are output of the run, not state of a host.
  platform:
    description: Where this runs.
    platforms: posix
notes:
  - RV(ignore:changed) is always false, since nothing on any managed host changes. The report files on the
    controller are written anew each time.
  - Rich, where the controller has it, makes the table on the terminal prettier.
  - GitHub's code scanning takes at most 25,000 results of one C(report.sarif), and shows the worst 5,000. The file has
    all of them.
requirements:
  - SQLAlchemy 2.0 or later on the controller
  - junitparser 4.0 or later on the controller, for V(junit)
seealso:
  - module: fleet.memory.audit
"""

EXAMPLES = r"""
- name: Make all reports of the newest run
  fleet.memory.report:
    store: reports/fleet-memory.sqlite

- name: Make the files that a pipeline reads
  fleet.memory.report:
    store: reports/fleet-memory.sqlite
    formats: [terminal, json, junit, sarif, csv, markdown]

- name: Make the page of an older run again
  fleet.memory.report:
    store: reports/fleet-memory.sqlite
    run: 20261124T210000Z-4f1c2a
    formats: [html]

- name: Fail when a host was missed
  fleet.memory.report:
    store: reports/fleet-memory.sqlite
  register: report
  failed_when: not report.complete

- name: Fail a pipeline on findings of severity high or critical that are new since an earlier run
  fleet.memory.report:
    store: reports/fleet-memory.sqlite
    gate:
      fail_on: high
      baseline_run: 20261117T210000Z-a7310c
  register: report
  failed_when: not report.gate.passed
"""

RETURN = r"""
run:
  description: Id of the run.
  returned: success
  type: str
  sample: 20261124T210000Z-4f1c2a
paths:
  description: The files that were written, by format.
  returned: success
  type: dict
  sample:
    json: /srv/reports/20261124T210000Z-4f1c2a/report.json
    html: /srv/reports/20261124T210000Z-4f1c2a/report.html
coverage:
  description: How many hosts were expected, how many have each status, and whether all were audited.
  returned: success
  type: dict
  sample: {expected: 850, audited: 847, unreachable: 2, failed: 1, complete: false}
complete:
  description: Whether every expected host was audited, and there was at least one.
  returned: success
  type: bool
  sample: false
missed:
  description: The first five hosts that were not audited, and why. The reports have all of them.
  returned: success
  type: list
  elements: dict
  sample:
    - {host: web3, status: unreachable, reason: Connection timed out}
hosts_by_worst_finding:
  description: How many audited hosts have a worst finding of each severity.
  returned: success
  type: dict
  sample: {critical: 2, high: 14, medium: 120, low: 0, info: 0}
gate:
  description: The answer of the gate, and each of its conditions with figures.
  returned: when O(gate) is given
  type: dict
  contains:
    passed:
      description: Whether all conditions hold.
      returned: always
      type: bool
    conditions:
      description: V(hosts), V(coverage), V(findings) and V(unknown), each with C(condition), C(passed) and C(detail).
      returned: always
      type: list
      elements: dict
    lines:
      description: The answer for people. Names the conditions that failed, or, when the gate is passed, all of them.
      returned: always
      type: list
      elements: str
  sample:
    passed: false
    conditions:
      - {condition: hosts, passed: true, detail: 847 hosts audited}
      - {condition: coverage, passed: true, detail: 847 of 847 hosts audited (100 %)}
      - {condition: findings, passed: false, detail: "1 finding of severity medium or above: oom-kills (high) on web1"}
      - {condition: unknown, passed: true, detail: no rules that can't be judged of severity medium or above}
    lines:
      - Compliance gate FAILED, run 20261124T210000Z-4f1c2a
      - "  findings: 1 finding of severity medium or above: oom-kills (high) on web1"
hosts_not_fully_judged:
  description: How many audited hosts have no failing rule, but one that couldn't be judged.
  returned: success
  type: int
  sample: 3
"""
