"""One fresh process: prepares, touches memory, then starts the clock.

Reads a job as JSON from stdin and writes the answer to the file that is its argument, for peers print what
they like.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from bytewright.bench import machine, peers
from bytewright.bench.job import Answer, Job

# Exit status of a process whose peer cannot do the job; its stderr ends with the reason.
UNSUPPORTED = 3


def run(job: Job) -> Answer:
    """Does the job in this process."""
    began = time.perf_counter()
    peer = peers.load(job.peer)
    tasks = {"train": peer.train, "encode": peer.encode, "decode": peer.decode, "count": peer.count}
    work = tasks[job.task](job)
    machine.touch(job.touch)
    answer = Answer(prepared=time.perf_counter() - began)
    memory = machine.PeakMemory()
    # For ours and theirs alike: the collector would walk all documents whenever a list of results grows.
    gc.freeze()
    result: Any = None
    for _ in range(job.passes):
        result = None
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        answer.wall.append(time.perf_counter() - wall)
        answer.cpu.append(time.process_time() - cpu)
    answer.memory = memory.above()
    if job.keep is not None:
        _keep(peer, job, result, Path(job.keep))
    return answer


def _keep(peer: peers.Peer, job: Job, result: Any, path: Path) -> None:
    if job.task == "train":
        learned = peer.learned(result)
        path.write_bytes(pickle.dumps((learned.tokens, learned.merges)))
    elif job.task == "encode":
        ids, offsets = peer.ids(result)
        with path.open("wb") as file:
            np.savez(file, ids=np.asarray(ids, dtype=np.uint32), offsets=np.asarray(offsets, dtype=np.int64))
    elif job.task == "count":
        with path.open("wb") as file:
            np.save(file, peer.counts(result))
    else:
        path.write_bytes(peer.decoded(result))


def main() -> int:
    """Entry of the process."""
    job = Job.from_json(sys.stdin.read())
    try:
        answer = run(job)
    except peers.UnsupportedError as error:
        print(error, file=sys.stderr)
        return UNSUPPORTED
    except UnicodeDecodeError:
        print("takes text only, and this is not UTF-8", file=sys.stderr)
        return UNSUPPORTED
    answer.save(Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
