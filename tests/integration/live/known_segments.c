/*
 * Copyright (c) 2026 fleet.memory contributors
 * GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A process whose every segment has a known size. Says "ready" once all of it is resident, and sleeps.
 * Argument: a file to make, map and remove.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#define MIB (1UL << 20)

__asm__(".text\n.globl code\ncode: .skip 3 << 20, 0x90\n.previous");
extern char code[];
static char data[5 << 20] = {1};
static char bss[7 << 20];

static void touch(volatile char *place, size_t size)
{
    for (size_t i = 0; i < size; i += 4096)
        place[i] = 1;
}

static void *thread(void *ready)
{
    char deep[512 << 10];
    touch(deep, sizeof deep);
    pthread_barrier_wait(ready);
    pause();
    return NULL;
}

static void mapped(size_t size, int flags, int file)
{
    char *place = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, file, 0);
    if (place == MAP_FAILED)
        exit(3);
    touch(place, size);
}

int main(int count, char **arguments)
{
    char deep[2 << 20];
    volatile char read = 0;
    if (count != 2)
        return 2;
    touch(deep, sizeof deep);
    touch(data, sizeof data);
    touch(bss, sizeof bss);
    for (size_t i = 0; i < 3 * MIB; i += 4096)
        read += code[i];

    char *heap = sbrk(9 * MIB);
    touch(heap, 9 * MIB);
    mapped(11 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    mapped(4 * MIB, MAP_SHARED | MAP_ANONYMOUS, -1);
    int memory = memfd_create("known", 0);
    if (memory < 0 || ftruncate(memory, 2 * MIB))
        return 3;
    mapped(2 * MIB, MAP_SHARED, memory);
    int segment = shmget(IPC_PRIVATE, MIB, IPC_CREAT | 0600);
    touch(shmat(segment, NULL, 0), MIB);
    shmctl(segment, IPC_RMID, NULL);

    int file = open(arguments[1], O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0 || ftruncate(file, 6 * MIB))
        return 3;
    mapped(6 * MIB, MAP_SHARED, file);
    mapped(6 * MIB, MAP_PRIVATE, file);
    unlink(arguments[1]);

    pthread_barrier_t ready;
    pthread_attr_t attributes;
    pthread_t id;
    pthread_barrier_init(&ready, NULL, 4);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, MIB);
    for (int i = 0; i < 3; i++)
        if (pthread_create(&id, &attributes, thread, &ready))
            return 3;
    pthread_barrier_wait(&ready);
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}
