# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helper that holds results against RETURN must itself be able to object."""

from __future__ import annotations

import pytest

pytest.importorskip("yaml")

from tests.support import return_doc

DOCUMENTED = {
    "size_bytes": {"description": "Size.", "type": "int", "returned": "always"},
    "share": {"description": ["Share.", "V(null) when unknown."], "type": "float", "returned": "always"},
    "on": {"description": "Switch.", "type": "bool", "returned": "sometimes"},
    "parts": {
        "description": "Parts.",
        "type": "list",
        "elements": "dict",
        "returned": "always",
        "contains": {"name": {"description": "Name.", "type": "str", "returned": "always"}},
    },
    "free": {"description": "Any keys.", "type": "dict", "returned": "always"},
}
GOOD = {"size_bytes": 1, "share": 0.5, "on": True, "parts": [{"name": "a"}], "free": {"x": 1}, "changed": False}


@pytest.fixture(autouse=True)
def documentation(monkeypatch):
    monkeypatch.setattr(return_doc, "return_documentation", lambda module: DOCUMENTED)


def test_a_documented_result_passes():
    return_doc.assert_documented(GOOD, "any")
    return_doc.assert_documented(dict(GOOD, share=None), "any")


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"size_bytes": None}, "size_bytes is null"),
        ({"size_bytes": True}, "size_bytes is documented as int and is bool"),
        ({"size_bytes": "1"}, "size_bytes is documented as int and is str"),
        ({"share": 1}, "share is documented as float and is int"),
        ({"on": 1}, "on is documented as bool and is int"),
        ({"new": 1}, "new is returned and not documented"),
        ({"parts": [{"name": "a"}, {}]}, "parts[1].name is documented as always returned"),
        ({"parts": [{"name": "a", "x": 1}]}, "parts[0].x is returned and not documented"),
        ({"parts": ["a"]}, "parts[0] is documented as dict and is str"),
        ({"free": []}, "free is documented as dict and is list"),
    ],
)
def test_each_difference_is_told(change, complaint):
    (told,) = return_doc.undocumented(dict(GOOD, **change), "any")
    assert told.startswith(complaint)


def test_a_missing_key_is_told_unless_it_is_not_always_there():
    assert return_doc.undocumented({key: GOOD[key] for key in GOOD if key != "on"}, "any") == []
    (told,) = return_doc.undocumented({key: GOOD[key] for key in GOOD if key != "free"}, "any")
    assert "free is documented as always returned" in told
