# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's documentation says of every module of this collection that only reads the host."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of an info module. A module that changes the host states its own over these."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details:
      - This module reads the host and never changes it, in check mode as otherwise.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)) in diff mode.
    support: none
    details:
      - Nothing ever changes.
  platform:
    description: Target operating systems that can be operated against.
    support: full
    platforms: linux
"""
