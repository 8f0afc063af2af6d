"""What the peers of the scale page have in common: each part prints its figure as a line of JSON, or why there is none."""
import json
import signal
import time

MOST_SECONDS = 120
QUICK_SECONDS = 5


class Late(Exception):
    pass


def ring(*_):
    raise Late


def figure(curve, unit, peer, work):
    """work() gives the value; after MOST_SECONDS it is given up."""
    value, why = None, None
    signal.signal(signal.SIGALRM, ring)
    signal.alarm(MOST_SECONDS)
    try:
        value = work()
    except Late:
        why = f"more than {MOST_SECONDS} s"
    except MemoryError:
        why = "memory is too small"
    finally:
        signal.alarm(0)
    print(json.dumps({"curve": curve, "unit": unit, "value": value, "peer": peer, "missing": why}), flush=True)


def seconds(work):
    """The median of three, or once where that is not quick."""
    times = []
    while len(times) < 3 and not (times and times[0] > QUICK_SECONDS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]
