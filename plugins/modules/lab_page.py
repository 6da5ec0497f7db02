#!/usr/bin/python
# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lab_page
short_description: Make the page of a host from the lessons that were held on it
version_added: 0.3.0
author:
  - fleet.memory contributors (@fleet-memory)
description:
  - Writes a page with every lesson of a course, its real output, its figures and charts, to hand out in a workshop.
    It is one file and needs no network. The same as JSON lies beside it.
  - Lessons of an earlier run stay on the page, unless they were held again.
  - Happens on the controller; the host is not touched.
options:
  lessons:
    description: What M(fleet.memory.lab) returned for each lesson, in their order.
    type: list
    elements: dict
    required: true
  report_dir:
    description: Folder of the reports; the pages go into its folder C(lab), named after the host.
    type: path
    default: reports
attributes:
  action:
    description: Whether this runs on the controller.
    support: full
  check_mode:
    description: What this does in check mode.
    support: full
    details: Writes nothing.
  diff_mode:
    description: Whether differences are shown.
    support: none
  platform:
    description: Target operating systems.
    platforms: linux
    support: full
seealso:
  - module: fleet.memory.lab
"""

EXAMPLES = r"""
- name: Make the page
  fleet.memory.lab_page:
    lessons: "{{ memory_lab_lessons }}"
"""

RETURN = r"""
paths:
  description: The files by format, C(html) and C(json).
  returned: success, unless in check mode
  type: dict
  sample: {html: /srv/reports/lab/web1.html, json: /srv/reports/lab/web1.json}
"""
