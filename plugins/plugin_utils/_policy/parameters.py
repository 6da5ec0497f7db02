# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that the inventory gives to a policy's parameters, checked for each host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.common.validation import (
    check_type_bool,
    check_type_float,
    check_type_int,
    check_type_list,
    check_type_str,
)

from .model import Parameter, Rule

PREFIX = "memory_policy_"
"""The variable ``memory_policy_swappiness_max`` sets the parameter ``swappiness_max``."""


def _no_bool(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if isinstance(value, bool):  # which Python counts among the integers
            raise TypeError
        return check(value)

    return checked


TYPES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "bool": (check_type_bool, "true or false"),
    "float": (_no_bool(check_type_float), "a number"),
    "int": (_no_bool(check_type_int), "a whole number"),
    "str": (lambda value: check_type_str(value, allow_conversion=False), "text"),
    "list": (check_type_list, "a list"),
}
"""Ansible's own type names and conversions, since a value from the command line is always text."""


def expectation(parameter: Parameter) -> str:
    """What a value of ``parameter`` has to be, in words."""
    words = TYPES[parameter["type"]][1]
    if parameter["type"] == "list" and "elements" in parameter:
        words += f", each item {TYPES[parameter['elements']][1]}"
    return words


def converted(parameter: Parameter, value: Any) -> Any:
    """``value`` in the type of ``parameter``. Raises TypeError or ValueError."""
    result = TYPES[parameter["type"]][0](value)
    if parameter["type"] == "list" and "elements" in parameter:
        return [TYPES[parameter["elements"]][0](item) for item in result]
    return result


class Parameters(dict[str, Any]):
    """The parameters of all rules as they hold for one host: name -> value.

    ``wrong`` maps the name of each parameter whose variable can't be used to the reason, in words.
    """

    def __init__(self, rules: Iterable[Rule], host: str, variables: Mapping[str, Any], template: Callable[[Any], Any]):
        """``variables`` are the host's, ``template`` resolves the Jinja in one of them and may raise anything."""
        super().__init__()
        self.wrong: dict[str, str] = {}
        for name, parameter in {name: value for rule in rules for name, value in rule["parameters"].items()}.items():
            variable = PREFIX + name
            if variable not in variables:
                self[name] = parameter["default"]
                continue
            try:
                value = template(variables[variable])
            except Exception as error:  # whatever Jinja and its plugins raise
                self.wrong[name] = f"the variable {variable} of host {host} can't be resolved: {error}"
                continue
            try:
                self[name] = converted(parameter, value)
            except (TypeError, ValueError):
                self.wrong[name] = (
                    f"the variable {variable} of host {host} must be {expectation(parameter)}, and is {value!r}"
                )
