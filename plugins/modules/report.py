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
  - Reads a run of M(fleet.memory.audit) from its store and makes a table on the terminal, C(report.json) and
    C(report.html) from it. The same run gives the same reports, whenever they are made.
  - Every host that the run was asked to audit is in the reports, audited or missed. Missed hosts come first.
  - Both files are made with mode 0600 in C(<report_dir>/<run id>/), and appear complete or not at all.
    C(<report_dir>/latest) is a link to the folder of the newest run.
  - C(report.html) is one file that needs no network and no server. C(report.json) follows
    C(docs/schemas/report-1.schema.json).
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
    description: Which reports to make.
    type: list
    elements: str
    choices: [terminal, json, html]
    default: [terminal, json, html]
attributes:
  action:
    description: Whether this runs on the controller.
    support: full
  check_mode:
    description: What this does in check mode.
    support: full
    details: Does the same as otherwise. Reports are output of the run, not state of a host.
  diff_mode:
    description: Whether differences are shown.
    support: none
  platform:
    description: Where this runs.
    platforms: posix
    support: full
notes:
  - RV(ignore:changed) is always false, since nothing on any managed host changes. The report files on the
    controller are written anew each time.
  - Rich, where the controller has it, makes the table on the terminal prettier.
requirements:
  - SQLAlchemy 2.0 or later on the controller
seealso:
  - module: fleet.memory.audit
"""

EXAMPLES = r"""
- name: Make all reports of the newest run
  fleet.memory.report:
    store: reports/fleet-memory.sqlite

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
hosts_not_fully_judged:
  description: How many audited hosts have no failing rule, but one that couldn't be judged.
  returned: success
  type: int
  sample: 3
"""
