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
extends_documentation_fragment: [fleet.memory.controller]
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
  check_mode:
    details: Writes nothing.
seealso:
  - module: fleet.memory.lab
"""

EXAMPLES = r"""
- name: Make the page
  fleet.memory.lab_page:
    lessons: "{{ ansible_facts.memory_lab_lessons }}"
"""

RETURN = r"""
paths:
  description: The files by format, C(html) and C(json).
  returned: success, unless in check mode
  type: dict
  sample: {html: /srv/reports/lab/web1.html, json: /srv/reports/lab/web1.json}
"""
