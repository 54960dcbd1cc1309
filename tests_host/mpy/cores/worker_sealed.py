# needs: threads
# covers: problem:7124
"""#7124, #8550: the heap is corrupt when core 1 allocates.  Both cores run sealed, with 0 bytes."""

import gc
import sys

import check
import tickslot

N = 300 if sys.platform == "rp2" else 3000
main = tickslot.Scheduler(4)
scheduler = tickslot.Scheduler(4)
worker = tickslot.Worker(scheduler)
service = tickslot.Service(scheduler, {0: abs}, requests=4)
client = tickslot.Client(main, service)
there = tickslot.CrossChannel(2)
back = tickslot.CrossChannel(2)
there_main, there_worker = there.on(main), there.on(scheduler)
back_main, back_worker = back.on(main), back.on(scheduler)
used = [0, 0]


def relay():
    while True:
        item = yield there_worker.recv()
        yield back_worker.send(item, 60000)


def program():
    done = 0
    for i in range(N + 10):
        if i == 10:
            used[0] = gc.mem_alloc()
        reply = yield client.call(0, -3, 60000)
        if reply == 3:
            done += 1
        client.post(0, -1)
        yield there_main.send(i)
        item = yield back_main.recv(60000)
        if item == i:
            done += 1
        yield client.call(5)
        yield main.sleep_ms(0)
    used[1] = gc.mem_alloc()
    return done


scheduler.spawn(relay())
service.start()
worker.start()
task = main.spawn(program())
gc.collect()
gc.disable()
done = main.run_until(task, sealed=True)
gc.enable()
check.equal(done, 2 * (N + 10), "right replies")
check.equal(used[1] - used[0], 0, "bytes that both cores allocated in %d rounds" % N)
worker.stop()
check.same(worker.join(), True)
check.equal((main.errors, scheduler.errors, service.free), (0, 0, 4))
print("OK")
