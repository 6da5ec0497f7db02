/* Copyright (c) 2026 fleet.memory contributors
 * GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * neighbour MIB SECONDS: holds that much memory, then maps, touches and unmaps a few pages without pause, as an allocator
 * does under load, and prints how long the slowest and the 99.99th of 100 of these rounds took, in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define ROUNDS 20000000
#define PAGES 16

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        exit(1);
    madvise(memory, size, MADV_NOHUGEPAGE);
    return memory;
}

static int ascending(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    size_t held = strtoull(argv[1], NULL, 10) << 20;
    memset(map(held), 1, held);
    float *took = malloc(ROUNDS * sizeof *took);
    size_t rounds = 0;
    puts("ready");
    fflush(stdout);
    for (double end = now() + atof(argv[2]); rounds < ROUNDS && now() < end; rounds++) {
        double before = now();
        char *memory = map(PAGES * 4096);
        for (int page = 0; page < PAGES; page++)
            memory[page * 4096] = 1;
        munmap(memory, PAGES * 4096);
        took[rounds] = (now() - before) * 1e6;
    }
    qsort(took, rounds, sizeof *took, ascending);
    printf("%.0f %.0f\n", took[rounds - 1], took[rounds - 1 - rounds / 10000]);
    return 0;
}
