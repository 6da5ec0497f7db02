# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds a document against its JSON Schema, and says in words what was expected where.

The words are in the schema, as the value of its own keyword ``x-expected`` beside what they describe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .._absent import Absent

try:
    import jsonschema
except ImportError:
    jsonschema = Absent()  # type: ignore[assignment]

SCHEMAS = Path(__file__).parents[3] / "docs" / "schemas"

Problem = tuple[tuple[Any, ...], str]
"""Where in the document, and what was expected there."""


class PolicyError(Exception):
    """Policies or waivers can't be used. ``problems`` has a line for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def problems(schema: str, data: Any) -> list[Problem]:
    """All that is wrong with ``data`` by docs/schemas/<schema>.schema.json, in the order of the schema."""
    found = (problem for error in _validator(schema).iter_errors(data) for problem in _in_words(error))
    return list(dict.fromkeys(found))


@cache
def _validator(schema: str) -> jsonschema.Validator:
    document = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(document, format_checker=jsonschema.FormatChecker(["date"]))


def _in_words(error: jsonschema.ValidationError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "required":
        for key in schema["required"]:
            if key not in instance:
                yield (*path, key), _missing(schema, key)
    elif error.validator == "dependentRequired":
        for key, needed in schema["dependentRequired"].items():
            for other in needed:
                if key in instance and other not in instance:
                    yield (*path, other), _missing(schema, other)
    elif error.validator == "additionalProperties":
        for key in instance:
            if key not in schema["properties"]:
                yield (*path, key), "one of " + ", ".join(schema["properties"])
    elif "propertyNames" in error.absolute_schema_path:
        yield (*path, instance), schema["x-expected"]
    else:
        yield path, schema["x-expected"]


def _missing(schema: dict[str, Any], key: str) -> str:
    return f"{schema['properties'][key]['x-expected']}, and it is missing"
