"""Call a service on one's own core and wait for its reply: a handler that is a plain function.

asyncio's way is a task for each call: create_task, and await it. limit: to call the function.
"""

import asyncio

import harness
import tickslot
from tickslot.rpc.client import Client
from tickslot.rpc.service import Service

ECHO = 1


def echo(argument):
    return argument


async def echo_coroutine(argument):
    return argument


def calls(sched, service, turns):
    client = Client(sched, service)

    def main():
        for turn in range(turns):
            yield client.call(ECHO, turn)

    return main()


def same_core(turns):
    sched = tickslot.Scheduler(slots=4)
    service = Service(sched, {ECHO: echo})
    service.start()
    task = sched.spawn(calls(sched, service, turns))
    return lambda: sched.run_until(task)


def asyncio_same_core(turns):
    async def main():
        for turn in range(turns):
            await asyncio.create_task(echo_coroutine(turn))

    asyncio.new_event_loop()
    main_task = main()
    return lambda: asyncio.run(main_task)


def limit(turns):
    def run():
        for turn in range(turns):
            echo(turn)

    return run


harness.compare(
    "call, same core", tickslot=same_core, asyncio=asyncio_same_core, limit=limit
)
