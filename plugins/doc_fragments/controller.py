# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible's documentation says of every action that is carried out on the controller."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of an action. Each says itself what it does in check mode."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Whether this runs on the controller.
    support: full
  check_mode:
    description: What this does in check mode.
    support: full
  diff_mode:
    description: Whether differences are shown.
    support: none
  platform:
    description: Target operating systems.
    platforms: linux
    support: full
"""
