/* Copyright (c) 2026 fleet.memory contributors
 * GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * holder KIB [FORKS]: holds that much touched memory in 4 kB pages, forks workers that share it, says so, and sleeps
 * until it is ended; its workers end with it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? strtoull(argv[1], NULL, 10) << 10 : 0;
    if (size) {
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return 1;
        madvise(memory, size, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < size; at += 4096)
            memory[at] = 1;
    }
    for (int forks = argc > 2 ? atoi(argv[2]) : 0; forks > 0; forks--)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    puts("holding");
    fflush(stdout);
    for (;;)
        pause();
}
