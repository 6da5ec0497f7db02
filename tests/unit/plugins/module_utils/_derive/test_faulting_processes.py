# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who had the page faults between two looks."""

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._derive.faulting_processes import Faults, busiest


def faults(at: float, minor: int, major: int, command: bytes = b"app") -> Faults:
    return Faults(at, minor, major, command, 25)


def test_major_faults_weigh_more_than_any_number_of_minor_ones() -> None:
    before = {(1, 10): faults(0, 5, 5), (2, 20): faults(0, 0, 0), (3, 30): faults(0, 9, 9)}
    after = {(1, 10): faults(2, 9005, 5), (2, 20): faults(2, 0, 3), (3, 30): faults(4, 19, 9)}
    found = busiest(before, after, 10)
    assert [(one["pid"], one["major_faults_per_second"], one["minor_faults_per_second"]) for one in found] == [
        (2, 1.5, 0.0),
        (1, 0.0, 4500.0),
        (3, 0.0, 2.5),
    ]
    assert busiest(before, after, 1) == found[:1]
    assert busiest(before, after, 0) == []


def test_a_process_without_faults_in_between_is_left_out() -> None:
    assert busiest({(1, 10): faults(0, 5, 5)}, {(1, 10): faults(1, 5, 5)}, 10) == []


def test_a_process_that_began_in_between_counts_from_nothing() -> None:
    before = {(1, 10): faults(100, 0, 0)}
    (born,) = busiest(before, {(1, 10): faults(104, 0, 0), (7, 70): faults(104, 40, 8)}, 10)
    assert (born["pid"], born["minor_faults_per_second"], born["major_faults_per_second"]) == (7, 10.0, 2.0)


def test_a_pid_given_away_again_is_another_process() -> None:
    before = {(1, 10): faults(0, 1000, 1000), (2, 5): faults(0, 0, 0)}
    (later,) = busiest(before, {(1, 11): faults(2, 8, 4, b"later"), (2, 5): faults(2, 0, 0)}, 10)
    assert (later["start_ticks"], later["command"]) == (11, b"later")
    assert (later["minor_faults_per_second"], later["major_faults_per_second"]) == (4.0, 2.0)


def test_a_counter_that_wrapped_tells_nothing() -> None:
    assert busiest({(1, 10): faults(0, 2**32 - 1, 0)}, {(1, 10): faults(1, 3, 0)}, 10) == []


def test_nothing_was_seen_at_first() -> None:
    assert busiest({}, {}, 10) == []
    assert busiest({}, {(1, 10): faults(5, 10, 0)}, 10)[0]["minor_faults_per_second"] == 2.0
