/*
 * Copyright (c) 2026 fleet.memory contributors
 * GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The floor of a scan: reads the files that scan_processes and read_rollups read, and does nothing with them.
 * Nearly all its time is the kernel's. It prints how many processes and bytes it read.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[1 << 20];
static long total;

static long read_file(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    long length = 0, n;
    if (fd < 0)
        return -1;
    while (length < (long)sizeof(buffer) - 1 && (n = read(fd, buffer + length, sizeof(buffer) - 1 - length)) > 0)
        length += n;
    close(fd);
    buffer[length] = 0;
    total += length;
    return length;
}

/* A kernel thread has no address space: field 23 of stat, vsize, is 0. */
static unsigned long vsize_in_stat(void)
{
    char *field = strrchr(buffer, ')');
    for (int i = 0; field && i < 21; i++)
        field = strchr(field + 1, ' ');
    return field ? strtoul(field, NULL, 10) : 0;
}

int main(void)
{
    static const char *cheap[] = {"status", "limits", "cgroup", "oom_score", "oom_score_adj"};
    static int pids[100000];
    int count = 0, read_pids = 0;
    char path[64];
    unsigned long maps_from;
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    while ((entry = readdir(proc)) && count < 100000)
        if (isdigit(entry->d_name[0]))
            pids[count++] = atoi(entry->d_name);
    closedir(proc);
    read_file(AT_FDCWD, "/proc/sys/vm/max_map_count");
    maps_from = strtoul(buffer, NULL, 10) / 4 * 3 * sysconf(_SC_PAGESIZE);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < count; i++) {
            int folder;
            unsigned long vsize;
            snprintf(path, sizeof(path), "/proc/%d", pids[i]);
            folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (folder < 0)
                continue;
            read_file(folder, "stat");
            vsize = vsize_in_stat();
            if (vsize && pass == 0) {
                for (unsigned long f = 0; f < sizeof(cheap) / sizeof(*cheap); f++)
                    read_file(folder, cheap[f]);
                total += readlinkat(folder, "exe", buffer, sizeof(buffer));
                if (vsize >= maps_from)
                    read_file(folder, "maps");
                read_pids++;
            } else if (vsize) {
                read_file(folder, "smaps_rollup");
            }
            close(folder);
        }
    printf("%d processes, %ld bytes\n", read_pids, total);
    return 0;
}
