# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional, Sequence

from ansible_collections.fleet.memory.plugins.module_utils._scan.cgroups import group_processes
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits

from tests.support.hand_made import hand_made
from tests.support.trees import copy_of

PID_1 = (
    "Max open files            32768                65536                files     \n"
    "Max locked memory         100                  200                  bytes     \n"
    "Max stack size            8388608              unlimited            bytes     \n"
)
SSHD = PID_1.replace("32768", "1024 ")

FILES = {
    "/etc/passwd": "root:x:0:0:r:/:/bin/sh\nftp:x:14:14::/:/sbin/nologin\n"
    "alice:x:1000:1000::/:\nbob:x:1001:50::/:/bin/sh\n"
    "app:x:999:999::/:/sbin/nologin\nnobody:x:65534:65534::/:/bin/sh\n",
    "/etc/group": "root:x:0:\nalice:x:1000:\nstaff:x:50:\ndevs:x:60:alice\n",
    "/etc/login.defs": "UID_MIN 1000\n",
    "/etc/security/limits.conf": "@devs - nofile 60\n@staff - nofile 50\napp - nofile 9\nghost - nofile 1\n",
    "/etc/pam.d/login": "session required pam_limits.so\n",
    "/proc/sys/fs/nr_open": "1048576\n",
}


def scan(root: Path, files: Dict[str, str], processes: Any, users: Optional[Sequence[str]] = None) -> Dict[str, Any]:
    host = hand_made(root, files)
    return scan_limits(host, group_processes(host, processes), users)


def sessions(root: Path, files: Dict[str, str], processes: Any) -> Dict[str, Dict[str, Any]]:
    result = scan(root, files, processes)
    return {session["user"]: session for session in result["login_sessions"]}


def nofile(session: Dict[str, Any]) -> Any:
    return tuple(session["limits"]["NOFILE"].values())


ONLY_PID_1 = [(1, PID_1.encode(), b"0::/init.scope\n")]


def test_root_ordinary_users_and_those_named_in_a_line(tmp_path: Path) -> None:
    found = sessions(tmp_path, FILES, ONLY_PID_1)
    assert list(found) == ["root", "alice", "bob", "app"]
    assert nofile(found["root"]) == (32768, 65536, "inherited from PID 1")
    assert nofile(found["alice"]) == (60, 60, "/etc/security/limits.conf:1")
    assert nofile(found["bob"]) == (50, 50, "/etc/security/limits.conf:2")
    assert nofile(found["app"]) == (9, 9, "/etc/security/limits.conf:3")
    assert {session["service"] for session in found.values()} == {"login"}


def test_the_users_that_were_asked_for(tmp_path: Path) -> None:
    result = scan(tmp_path, FILES, ONLY_PID_1, ["ftp", "nosuch"])
    assert [session["user"] for session in result["login_sessions"]] == ["ftp"]
    assert result["unread"]["/etc/passwd: nosuch"] == "unsupported"


def test_at_most_twenty_by_themselves(tmp_path: Path) -> None:
    many = "".join("u%d:x:%d:1::/:/bin/sh\n" % (n, 1000 + n) for n in range(50))
    found = sessions(tmp_path, dict(FILES, **{"/etc/passwd": "root:x:0:0:::/bin/sh\n" + many}), ONLY_PID_1)
    assert list(found) == ["root"] + ["u%d" % n for n in range(19)]


def test_the_running_sshd_tells_best(tmp_path: Path) -> None:
    processes = [
        *ONLY_PID_1,
        (812, SSHD.encode(), b"0::/system.slice/ssh.service\n"),
        (900, PID_1.encode(), b"0::/user.slice/user-0.slice/session-1.scope\n"),
    ]
    files = dict(FILES, **{"/etc/pam.d/sshd": "session required pam_unix.so\n"})
    found = sessions(tmp_path, files, processes)
    assert found["alice"]["service"] == "sshd"
    # sshd doesn't run pam_limits here, so no line counts.
    assert nofile(found["alice"]) == (1024, 65536, "inherited from ssh.service (pid 812)")


def test_a_service_that_does_not_run_is_told_from_its_files(tmp_path: Path) -> None:
    files = dict(
        FILES,
        **{
            "/run/systemd/system/x.target": "",
            "/etc/systemd/system.conf": "[Manager]\nDefaultLimitSTACK=4M:infinity\n",
            "/usr/lib/systemd/system/sshd.service": "[Service]\nLimitMEMLOCK=7K\n",
        },
    )
    limits = sessions(tmp_path, files, ONLY_PID_1)["root"]["limits"]
    assert limits["STACK"] == {"soft": 4194304, "hard": "unlimited", "source": "/etc/systemd/system.conf:2"}
    assert limits["MEMLOCK"] == {"soft": 7168, "hard": 7168, "source": "/usr/lib/systemd/system/sshd.service:2"}
    assert limits["NOFILE"]["soft"] is None
    assert "built-in default" in limits["NOFILE"]["source"]


def test_set_all_takes_the_limits_of_pid_1(tmp_path: Path) -> None:
    processes = [*ONLY_PID_1, (812, SSHD.encode(), b"0::/system.slice/ssh.service\n")]
    files = dict(FILES, **{"/etc/pam.d/sshd": "session required pam_limits.so set_all\n"})
    assert nofile(sessions(tmp_path, files, processes)["root"])[0] == 32768
    debian = dict(files, **{"/etc/os-release": "ID=debian\n"})
    assert nofile(sessions(tmp_path, debian, processes)["root"])[0] == 1024


def test_conf_replaces_the_ordinary_files(tmp_path: Path) -> None:
    files = dict(
        FILES, **{"/etc/pam.d/login": "session required pam_limits.so conf=/etc/x\n", "/etc/x": "alice - nofile 5\n"}
    )
    found = sessions(tmp_path, files, ONLY_PID_1)
    assert nofile(found["alice"]) == (5, 5, "/etc/x:1")
    assert nofile(found["bob"])[2] == "inherited from PID 1"


def test_without_limits_of_pid_1_nothing_is_made_up(tmp_path: Path) -> None:
    result = scan(tmp_path, FILES, [(1, None, None)])
    assert result["unread"]["/proc/1/limits"] == "unsupported"
    alice = next(session for session in result["login_sessions"] if session["user"] == "alice")
    assert alice["limits"] == {"NOFILE": {"soft": 60, "hard": 60, "source": "/etc/security/limits.conf:1"}}
    root = next(session for session in result["login_sessions"] if session["user"] == "root")
    assert root["limits"] == {}


def test_hidepid_hides_pid_1_from_an_ordinary_user(tmp_path: Path) -> None:
    result = scan(tmp_path, FILES, [(4711, PID_1.encode(), b"0::/user.slice\n")])
    assert result["unread"]["/proc/1/limits"] == "denied"


def test_without_passwd_there_are_no_sessions(tmp_path: Path) -> None:
    result = scan_limits(hand_made(tmp_path, {"/proc/1/limits": PID_1, "/proc/1/cgroup": "0::/\n"}))
    assert result["login_sessions"] == []
    assert result["unread"]["/etc/passwd"] == "unsupported"


def test_a_captured_debian_13(tmp_path: Path) -> None:
    result = scan_limits(Files(str(copy_of("linux-6.18-podman-debian-13", tmp_path))))
    assert (result["pam"]["root_exempt"], result["pam"]["resets"]) == (True, False)
    assert [s["service"] for s in result["pam"]["services"] if s["applies"]] == [
        "login",
        "runuser",
        "runuser-l",
        "su",
        "su-l",
        "systemd-user",
    ]
    found = {session["user"]: session for session in result["login_sessions"]}
    assert set(found) == {"root", "auditor"}
    place = "/etc/security/limits.d/10-coredump-debian.conf:"
    assert found["root"]["limits"]["CORE"] == {
        "soft": 0,
        "hard": "unlimited",
        "source": "soft: %s2; hard: %s4" % (place, place),
    }
    assert found["auditor"]["limits"]["CORE"]["source"] == "soft: %s1; hard: %s3" % (place, place)
    (one_set,) = result["process_limits"]
    assert one_set["pids"] == [1]
