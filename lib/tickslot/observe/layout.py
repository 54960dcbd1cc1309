"""What is counted for each node, and how far a request has come."""


class Count:
    """What Metrics counts for each node, in 32-bit words."""

    BITS = 5  # log2 of the bytes
    RUNS = 0
    CPU = 1  # low 30 bits, high
    LONGEST = 3
    LATEST = 4
    SINCE = 5  # 1 + the time at which it was woken, or its timer was due; or 0
    WITHIN = 6  # its turn is to end within that time from then on; 0: whenever
    MISSED = 7


class Stage:
    """How far a request has come: for the trace and the statistics."""

    SENT = 0
    TAKEN = 1
    REPLIED = 2
    DELIVERED = 3
