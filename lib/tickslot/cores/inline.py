"""Where a pool's records stand; core/inline.py says what an inline function is.

`base` is the address of the pool's block, `joiners` and `jobs` are those of the first record.
"""

from ..core.layout import NONE
from ..core.on_cpython import inline, ptr16
from .layout import JobRecord, PoolBlock, PoolJoiner, PoolWorker


@inline
def worker_at(base, worker):
    """The address of a worker's words."""
    return base + PoolBlock.WORKERS_BYTE + (worker << PoolWorker.BITS)


@inline
def joiner_at(joiners, joiner):
    """The address of a joiner's words."""
    return joiners + (joiner << PoolJoiner.BITS)


@inline
def job_at(jobs, job):
    """The address of a job's record."""
    return jobs + (job << JobRecord.BITS)


@inline
def append_to(jobs, queue, job):
    """Put a job at the end of the list at `queue`."""
    ends = ptr16(queue)
    ptr16(job_at(jobs, job))[JobRecord.NEXT] = NONE
    if ends[0] == NONE:
        ends[0] = job
    else:
        last = int(ends[1])
        ptr16(job_at(jobs, last))[JobRecord.NEXT] = job
    ends[1] = job


@inline
def take_first(jobs, queue):
    """Take the first job out of the list at `queue`: its number, or NONE."""
    ends = ptr16(queue)
    first = int(ends[0])
    if first != NONE:
        ends[0] = ptr16(job_at(jobs, first))[JobRecord.NEXT]
    return first
