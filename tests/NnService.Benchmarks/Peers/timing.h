// Times one workload the way the benchmarks' own child process does: warm up, repeat, keep the fastest.
#include <stdio.h>
#include <time.h>

static double clock_seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *version, void (*prepare)(void), void (*work)(void)) {
    double begin = clock_seconds(CLOCK_PROCESS_CPUTIME_ID), wall = 1e9, processor = 1e9;
    do {
        prepare();
        work();
    } while (clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin < 0.5);
    begin = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    do {
        prepare();
        double p = clock_seconds(CLOCK_PROCESS_CPUTIME_ID), w = clock_seconds(CLOCK_MONOTONIC);
        work();
        w = clock_seconds(CLOCK_MONOTONIC) - w;
        p = clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - p;
        wall = w < wall ? w : wall;
        processor = p < processor ? p : processor;
    } while (clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - begin < 1.0);
    printf("{\"seconds\": %.9g, \"processorSeconds\": %.9g, \"version\": \"%s\"}\n", wall, processor, version);
}
