# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates, styles and scripts of the pages: each page is one file, and allows its own style and script only."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

_FOLDER = Path(__file__).parent


def template(name: str) -> Template:
    """A template of this folder. What it is filled with is escaped, and must be there."""
    loader = FileSystemLoader(_FOLDER)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(name)


def asset(name: str) -> Markup:
    """A style sheet or a script, to stand in a page as it is."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


def fingerprint(text: str) -> str:
    """The hash by which a content security policy allows ``text``: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
