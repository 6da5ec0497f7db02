# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of module_utils that a part of the host wing consists of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

MODULE_UTILS = Path(__file__).resolve().parents[2] / "module_utils"


def closure(entry: str) -> dict[str, str]:
    """The source of the module ``entry``, such as ``_scan.snapshot``, and of all that it imports, by name, in order.

    Imports within module_utils are relative; absolute ones are the standard library's.
    """
    found: dict[str, str] = {}
    wanted = [entry]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _path(name).read_text(encoding="utf-8")
            wanted.extend(_imports(name, ast.parse(found[name])))
    return dict(sorted(found.items()))


def _imports(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            origin = name.split(".")[: -node.level] + (node.module.split(".") if node.module else [])
            # `from .._procfs import meminfo` names modules, `from .files import Files` what is in one.
            within = [".".join([*origin, alias.name]) for alias in node.names]
            yield from within if (MODULE_UTILS.joinpath(*origin)).is_dir() else [".".join(origin)]


def _path(name: str) -> Path:
    return MODULE_UTILS.joinpath(*name.split(".")).with_suffix(".py")
