"""Becomes another program, tied to the life of the process that asked for it.

Run as a script by ``supervisor.py`` (``python -I -S launch.py '{"parent": …}' program arg…``), with the standard
library only. Doing this here rather than in ``Popen(preexec_fn=…)`` keeps Python code out of the moment between
fork and exec, which is not safe in a process with threads; and the rights are given up in the new process, so that
the interpreter itself may live where only root can read.
"""

import ctypes
import json
import os
import sys

PR_SET_PDEATHSIG = 1
DIRECTORY_FD = 63


def give_up_rights(uid: int) -> None:
    """Become ``uid`` for good; its group has the same number."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def die_with(parent: int, signal_number: int) -> None:
    """Have Linux send ``signal_number`` to this process when ``parent`` dies, however it dies."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)


def main() -> None:
    """Read how from the first argument, then become the program that the others name."""
    how = json.loads(sys.argv[1])
    if how["directory"] is not None:
        # An open folder stays usable as /proc/self/fd/63 by a user who could not walk the path to it.
        opened = os.open(how["directory"], os.O_RDONLY | os.O_DIRECTORY)
        os.dup2(opened, DIRECTORY_FD, inheritable=True)
    os.chdir(how["cwd"])
    if how["uid"] is not None:
        give_up_rights(how["uid"])
    if sys.platform == "linux":
        die_with(how["parent"], how["signal"])  # after the change of user, which would forget it
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
