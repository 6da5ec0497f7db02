# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python libraries that the controller needs next to ansible-core, as in requirements.txt."""

from __future__ import annotations

import sys
from importlib import import_module

LIBRARIES = {
    "sqlalchemy": "SQLAlchemy>=2.0",
    "jmespath": "jmespath>=1.0",
    "jsonschema": "jsonschema>=4.18",
    "junitparser": "junitparser>=4.0",
}


def missing(*libraries: str) -> list[str]:
    """Those of ``libraries`` (none given: all) that can't be imported, as pip would be told to install them."""
    absent = []
    for library in libraries or LIBRARIES:
        try:
            import_module(library)
        except ImportError:
            absent.append(LIBRARIES[library])
    return absent


def how_to_install(who: str, requirements: list[str]) -> str:
    """An error message with the command that mends it."""
    quoted = " ".join(f"'{requirement}'" for requirement in requirements)
    return (
        f"{who} needs Python libraries that Ansible's own Python on the controller doesn't have. "
        f"Install them with: {sys.executable} -m pip install {quoted}"
    )
