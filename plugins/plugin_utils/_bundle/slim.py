# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source code without what only people read: comments, docstrings, annotations, and the imports that these needed."""

from __future__ import annotations

import ast


class _Slimmer(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # An empty body is no body; what is left out did nothing, and neither does `pass`.
            node.body = [item for item in body if not _is_text(item)] or [ast.Pass()]  # type: ignore[attr-defined]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        # Not without any: in a class body the annotations are what a NamedTuple is made from.
        node.annotation = ast.Constant(None)
        return node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _drop_unused_imports(tree: ast.Module) -> None:
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    # What a module names in __all__ it imports for others.
    used |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for node in [node for node in tree.body if isinstance(node, ast.ImportFrom)]:
        node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
        if not node.names:
            tree.body.remove(node)


def slim(source: str) -> str:
    """``source`` with the same meaning in fewer bytes. Raises SyntaxError."""
    tree = _Slimmer().visit(ast.parse(source))
    _drop_unused_imports(tree)
    return ast.unparse(tree)
