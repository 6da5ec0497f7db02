# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.redact import redact
from hypothesis import given
from hypothesis import strategies as st

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "arguments",
    [
        ["app", "--password", SECRET],
        ["app", "--password=" + SECRET],
        ["app", "--db-password", SECRET],
        ["app", "-password", SECRET],
        ["app", "--PASSWORD=" + SECRET],
        ["app", "token=" + SECRET],
        ["app", "--api-key", SECRET],
        ["app", "--secret", "two words " + SECRET],
        ["app", "--client-secret=" + SECRET],
        ["app", "--auth-token", SECRET],
        ["app", "-Dspring.datasource.password=" + SECRET],
        ["app", "AWS_SECRET_ACCESS_KEY=" + SECRET],
        ["app", "postgresql://user:" + SECRET + "@db.example.org/x"],
        ["app", "redis://:" + SECRET + "@10.0.0.1:6379"],
        ["app", "https://" + SECRET + "@example.org/repo.git"],
        ["app", "amqp://user:p@ss" + SECRET + "@host/"],
        ["app", "host=db password='" + SECRET + "' user=x"],
        ["app", '{"password": "' + SECRET + '"}'],
        ["curl", "-H", "Authorization: Bearer " + SECRET, "https://example.org"],
        ["curl", "-u", "user:" + SECRET, "https://example.org"],
        ["curl", "https://example.org/?access_token=" + SECRET + "&x=1"],
        ["/usr/bin/mysql", "-uroot", "-p" + SECRET],
        ["sshpass", "-p", SECRET, "ssh", "host"],
        ["redis-cli", "-a", SECRET],
        ["worker: --password " + SECRET + " --queue x"],
        ["sh", "-c", "PGPASSWORD=" + SECRET + " psql"],
        ["app", "AKIA" + "ABCDEFGHIJKLMNOP"],
        ["app", "ghp_" + "a" * 36],
    ],
)
def test_secrets_are_hidden(arguments: list[str]) -> None:
    shown = redact(arguments)
    assert SECRET not in shown and "AKIAABC" not in shown and "ghp_aaa" not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main"],
        ["java", "-Xmx4g", "-jar", "/opt/app.jar", "--server.port=8080"],
        ["nginx: worker process"],
        ["app", "--password-file", "/etc/app/password"],
        ["app", "--token-path=/run/token"],
        ["git", "clone", "https://example.org/repo.git"],
        ["ssh", "-p", "2222", "host"],
        ["app", "--author", "someone"],
        [],
    ],
)
def test_everything_else_is_shown(arguments: list[str]) -> None:
    assert redact(arguments) == " ".join(arguments)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_text_is_survived(arguments: list[str]) -> None:
    redact(arguments)
