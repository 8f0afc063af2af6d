"""Times one workload the way the benchmarks' own child process does: warm up, repeat, keep the fastest."""
import json
import time

WARM_UP_SECONDS = 0.5
MEASURED_SECONDS = 1.0


def report(version, prepare, count=1):
    """prepare() makes a fresh training and returns what is timed; count: how many units of work that is. Budgets are processor time."""
    begin = time.process_time()
    while True:
        prepare()()
        if time.process_time() - begin >= WARM_UP_SECONDS:
            break

    wall, processor, runs, spent = [], [], 0, 0.0
    while runs < 3 or spent < MEASURED_SECONDS:
        work = prepare()
        begin, begin_processor = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - begin) / count)
        processor.append((time.process_time() - begin_processor) / count)
        spent += processor[-1] * count
        runs += 1
    print(json.dumps({"seconds": min(wall), "processorSeconds": min(processor), "version": version}))
