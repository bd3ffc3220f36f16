"""Starts one program, waits for it, and tells what it used.

It is run as a script in an interpreter of its own and imports next to nothing: what the system reports as the peak memory
of a process includes what its parent held when it forked.

Reads from stdin, as JSON, `command` (the arguments, the program's path first) and `stdout` (a file or null), and
writes to the file that is its argument `wall`, `cpu` (seconds), `memory` (bytes), `floor` (memory that
any process shows which is started so) and `status` (negative: the signal that ended it). What the program says on stderr goes to its own.
"""

import json
import os
import sys
import time

# Linux counts in kilobytes, macOS in bytes.
UNIT = 1 if sys.platform == "darwin" else 1024


def launch(command: list[str], stdout: str | None) -> tuple[int, float, float, int]:
    """Status, seconds by the clock, seconds of processor time and peak memory of a program.

    Without a command, memory is that of a process which is about to start one.
    """
    sink = os.open(stdout or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    began = time.perf_counter()
    process = os.fork()
    if process == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(sink, 1)
            if command:
                os.execv(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        finally:
            os._exit(127)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - began
    os.close(sink)
    return os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss * UNIT


def main() -> None:
    """Entry of the process."""
    job = json.loads(sys.stdin.read())
    floor = launch([], None)[3]
    status, wall, cpu, memory = launch(job["command"], job["stdout"])
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        answer = {"status": status, "wall": wall, "cpu": cpu, "memory": memory, "floor": floor}
        json.dump(answer, file)


if __name__ == "__main__":
    main()
