# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML that remembers where everything stood, so that an error can name the line."""

from __future__ import annotations

from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML was built without libyaml: slower, otherwise the same
    from yaml import SafeLoader  # type: ignore[assignment]


class _Loader(SafeLoader):
    """Leaves a date as the text that stands there: it's checked by its schema, with the line it stands on."""


def _as_it_stands(loader: Any, node: Any) -> Any:
    return loader.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_it_stands)

Path = tuple[Any, ...]
"""The way to a value: keys and indexes from the top, ``("rules", 0, "severity")``."""


class Unparseable(Exception):
    """The text is not YAML. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Document:
    """A parsed YAML text: ``data``, and the line of every value in it."""

    def __init__(self, text: str) -> None:
        """Raises Unparseable, also for a key that stands twice in a mapping: YAML would keep the last silently."""
        self._lines: dict[Path, int] = {}
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            self._walk(node, ())
            self.data: Any = None if node is None else loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise Unparseable(mark.line + 1 if mark else 1, error.problem or str(error)) from error
        except (yaml.YAMLError, ValueError, TypeError) as error:  # the last two from tags such as !!int on other text
            raise Unparseable(1, str(error)) from error
        except RecursionError as error:
            raise Unparseable(1, "too deep, or it contains itself") from error

    def line(self, path: Path) -> int:
        """The line of the value at ``path``, or of the nearest thing around it that exists."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _walk(self, node: yaml.Node | None, path: Path) -> None:
        if node is None:
            return
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._walk(item, (*path, index))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    raise Unparseable(line, "a key must be a plain word")
                inner = (*path, key.value)
                if inner in self._lines:
                    raise Unparseable(line, f"the key {key.value!r} stands here for the second time")
                self._lines[inner] = line
                self._walk(value, inner)
