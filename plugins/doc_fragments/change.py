# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's documentation says of every module of this collection that changes the host."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes of a changing module. What a module says itself goes before these."""

    DOCUMENTATION = r"""
options:
  run:
    description:
      - Id of the run, by which C(fleet.memory.rollback) takes it back. All modules of a play that are given the same id
        are one run, and are taken back together.
      - Letters, digits, V(.), V(_) and V(-); at most 128. Without it, an id is made of the time.
    type: str
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details:
      - The guards are checked and RV(ignore:changes) is worked out as in a real run, and nothing is written.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
    support: full
    details:
      - One entry for each file, with its whole text, and one for live values. The same in check mode.
  platform:
    description: Target operating systems that can be operated against.
    support: full
    platforms: linux
"""
