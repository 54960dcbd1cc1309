"""Where a pool's records stand; core/inline.py says what an inline function is.

`base` is the address of the pool's block, `joiners` and `jobs` are those of the first record.
"""

from ..core.on_cpython import inline
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
