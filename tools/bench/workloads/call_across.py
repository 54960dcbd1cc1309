"""Call a service on the other core (a thread, on the Unix port) and wait for its reply.

asyncio  a lock there, and ThreadSafeFlag, the one thing that it has for that, back
limit    a `_thread` lock there and another one back: who waits stops its core
"""

import asyncio
import _thread

import harness
import tickslot
from tickslot.rpc.client import Client
from tickslot.rpc.service import Service

ECHO = 1
PONG = 2

sched = tickslot.Scheduler(slots=4)
other = tickslot.Scheduler(slots=4)
worker = tickslot.Worker(other)
there = _thread.allocate_lock()
back = _thread.allocate_lock()
flag = asyncio.ThreadSafeFlag()


def echo(argument):
    return argument


def set_when_awaited():
    """A flag that is set already would not be waited for: a poll is what is to be measured."""
    while not asyncio.core._io_queue.map:
        pass
    flag.set()


def pong(argument):
    """The other core's part of what the peers do: there is but one thread for both."""
    turns, answer = argument
    for _ in range(turns):
        there.acquire()
        answer()


service = Service(other, {ECHO: echo, PONG: pong})
client = Client(sched, service)


def ask_for_pong(turns, answer):
    def main():
        yield  # here the scheduler takes back the requests that are done
        if client.post(PONG, (turns, answer)) is not True:
            raise RuntimeError("the other core takes no request")

    sched.run_until(sched.spawn(main()))


def ours(turns):
    def main():
        for turn in range(turns):
            yield client.call(ECHO, turn)

    task = sched.spawn(main())
    return lambda: sched.run_until(task)


def limit(turns):
    ask_for_pong(turns, back.release)

    def run():
        for _ in range(turns):
            there.release()
            back.acquire()

    return run


def theirs(turns):
    async def main():
        for _ in range(turns):
            there.release()
            await flag.wait()

    asyncio.new_event_loop()
    ask_for_pong(turns, set_when_awaited)
    main_task = main()
    return lambda: asyncio.run(main_task)


there.acquire()
back.acquire()
worker.start()
service.start()
harness.compare("call across cores", threads=True, tickslot=ours, asyncio=theirs, limit=limit)
worker.stop()
worker.join(2000)
