# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Two commands for a fresh machine with python3 (3.11 or newer), make and git.
#
#   make audit                       audit this machine
#   make audit INVENTORY=path        audit a fleet
#   make audit ARGS='--limit web'    any option of ansible-playbook
#   make test                        everything that CI runs

INVENTORY ?=
ARGS ?=

# This machine needs no inventory. The environment's own Python runs its modules: it is known to work.
this_machine := -i localhost, -c local -e ansible_python_interpreter=$(CURDIR)/.venv/bin/python

.PHONY: audit test clean

audit: .venv/.ready
	@ANSIBLE_DISPLAY_OK_HOSTS=false .venv/bin/ansible-playbook playbooks/audit.yml $(if $(INVENTORY),-i $(INVENTORY),$(this_machine)) $(ARGS)

test: .venv/.ready
	@sh dev/system_packages.sh
	@.venv/bin/python dev/run_sessions.py

.venv/.ready: dev/bootstrap.sh dev/requirements-audit.txt dev/requirements-nox.txt
	@sh dev/bootstrap.sh

clean:
	rm -rf .venv .nox .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis build tests/output
