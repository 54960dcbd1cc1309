"""How long a service's handlers and its callers' round trips take.

No word has two writers: the service's thread writes LONGEST and when a request was taken; the
client's thread writes when a request was made, in its record, and the client's round trips.
"""

from ..core.block import address_of, get_word, set_word
from ..core.clock import ticks_us
from ..core.layout import LOW
from ..core.on_cpython import const, micropython, ptr32, ptr8
from ..observe.layout import Stage
from .inline import record_at
from .layout import Request, ServiceBlock

_BUCKETS = const(24)
BUCKETS = _BUCKETS
# The block, in 32-bit words.
_LONGEST = const(0)
_TAKEN_AT = const(1)  # one for each request, then the histograms: _BUCKETS for each client


class Statistics:
    """Measures a service from now on: `longest`, and `round_trips` in buckets of powers of two.

    clock  any callable that gives ticks modulo 2**30 (or more); None: microseconds

    A service without statistics counts `accepted`, `refused`, `replies(reason)`, `held` and
    `high_water`.  A call that is measured costs some microseconds more.
    ValueError: the service has statistics already, or there is no clock.  Context: boot.
    """

    def __init__(self, service, clock=None):
        if service.statistics is not None:
            raise ValueError("%r has statistics: use service.statistics" % service)
        clock = ticks_us if clock is None else clock
        if clock is None:
            raise ValueError("this port has no `ticks_us`: Statistics(service, clock=my_clock)")
        self._clock = clock
        self._records = service.records
        self._clients = service.limit
        self._histograms = 1 + service.requests
        self._block = bytearray(4 * (self._histograms + BUCKETS * service.limit))
        self._address = address_of(self._block)
        service.statistics = self
        set_word(service.address, ServiceBlock.WATCHED, 1)

    @micropython.viper
    def note(self, stage: int, rid: int):  # hot
        """Note that a request has come to this stage, on this thread.  Alloc: 0."""
        words = ptr32(int(self._address))
        record = record_at(int(self._records), rid)
        clock = self._clock
        now = int(clock()) & LOW
        if stage == Stage.SENT:
            ptr32(record)[Request.STARTED] = now
        elif stage == Stage.TAKEN:
            words[_TAKEN_AT + rid] = now
        elif stage == Stage.REPLIED:
            now = (now - int(words[_TAKEN_AT + rid])) & LOW
            if now > int(words[_LONGEST]):
                words[_LONGEST] = now
        else:
            now = (now - int(ptr32(record)[Request.STARTED])) & LOW
            bucket = int(self._histograms) + int(ptr8(record)[Request.CLIENT]) * _BUCKETS
            last = bucket + _BUCKETS - 1
            while now > 1 and bucket < last:
                now >>= 1
                bucket += 1
            words[bucket] = words[bucket] + 1

    @property
    def longest(self):
        """The longest time from when a request was taken up to its reply, in ticks.  Alloc: 0."""
        return get_word(self._address, _LONGEST)

    def round_trips(self, bucket):
        """How many calls took 2**bucket ticks or more, and less than twice that.

        Bucket 0 counts those of 0 ticks as well, and the last, `BUCKETS` - 1, all longer ones.
        Context: any thread.  Alloc: 0.
        """
        if not 0 <= bucket < BUCKETS:
            raise ValueError("buckets are 0 to %d" % (BUCKETS - 1))
        count = 0
        for client in range(self._clients):
            count += get_word(self._address, self._histograms + BUCKETS * client + bucket)
        return count

    def percentile(self, percent):
        """The power of two, in ticks, below which so many of 100 calls came back; 0 for no calls.

        Context: any thread.  Alloc: 0.
        """
        total = 0
        for bucket in range(BUCKETS):
            total += self.round_trips(bucket)
        wanted = (total * percent + 99) // 100
        for bucket in range(BUCKETS):
            wanted -= self.round_trips(bucket)
            if wanted <= 0 and total:
                return 2 << bucket
        return 0

    def reset(self):
        """Start again from 0.  Context: while no request is under way.  Alloc: 0."""
        set_word(self._address, _LONGEST, 0)
        for word in range(BUCKETS * self._clients):
            set_word(self._address, self._histograms + word, 0)
