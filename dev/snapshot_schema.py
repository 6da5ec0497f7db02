# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/schemas/snapshot-1.schema.json from what the modules document in RETURN.

The documentation is the one place where a key is described. A test fails when the schema isn't up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.support.return_doc import return_documentation, says_what_null_means  # noqa: E402  (found through ROOT)

SCHEMA = ROOT / "docs" / "schemas" / "snapshot-1.schema.json"

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object", "list": "array"}
_SECTIONS = {
    "memory": "memory_info",
    "processes": "process_memory_info",
    "limits": "memory_limits_info",
    "oom": "oom_info",
    "paging": "paging_info",
}


def _object(documented: dict[str, Any]) -> dict[str, Any]:
    # No additionalProperties: false. Within a version keys may be added, and a reader must not mind.
    return {
        "type": "object",
        "properties": {key: _value(documentation) for key, documentation in documented.items()},
        "required": [key for key, documentation in documented.items() if documentation["returned"] in _ALWAYS],
    }


_ALWAYS = ("always", "success", "when not O(packed)")


def _value(documentation: dict[str, Any]) -> dict[str, Any]:
    description = documentation["description"]
    schema: dict[str, Any] = {"description": description if isinstance(description, str) else " ".join(description)}
    kind = documentation["type"]
    if kind == "raw":
        return schema
    if kind == "dict" and "contains" in documentation:
        schema.update(_object(documentation["contains"]))
    elif kind == "list" and documentation.get("elements") == "dict" and "contains" in documentation:
        schema["items"] = _object(documentation["contains"])
    elif kind == "list" and documentation.get("elements", "raw") != "raw":
        schema["items"] = {"type": _TYPES[documentation["elements"]]}
    schema["type"] = [_TYPES[kind], "null"] if says_what_null_means(description) else _TYPES[kind]
    return schema


def schema() -> dict[str, Any]:
    """The JSON Schema of the document that fleet.memory.snapshot returns."""
    own = return_documentation("snapshot")
    del own["snapshot_zlib"]
    document = _object(own)
    for section, module in _SECTIONS.items():
        document["properties"][section].update(_object(return_documentation(module)))
    document["properties"]["schema_version"]["pattern"] = "^1\\."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fleet.memory snapshot, version 1",
        **document,
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
