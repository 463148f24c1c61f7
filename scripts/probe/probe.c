/*
 * probe: what one update of a file costs for each process that maps it, where mapstorm itself cannot run.
 *
 *     cc -std=c99 -O2 -o probe probe.c          (Solaris: cc -xc99 -O -o probe probe.c)
 *     ./probe DIRECTORY [MAPPERS [MEBIBYTES [SECONDS]]] >machine.probe
 *
 * It makes a file in DIRECTORY, forks MAPPERS processes (default 1000) that map it and read every page of it, and times two updates of its first
 * page with none, a quarter, half and all of them: pwrite and fsync; and a store through a mapping and msync. Levels and updates come in
 * random order, round by round, for SECONDS (default 60). `mapstorm cost import machine.probe` makes a cost result of the lines. Nothing but C99 and
 * POSIX.1-2001 is used. Files and processes are gone when it ends, also by SIGINT or SIGTERM.
 */
#define _XOPEN_SOURCE 600
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LEVELS = 4, METHODS = 2, UPDATES = 8, WRITTEN = 512, PIECE = 1 << 20, EVICTED = 64 << 20 };

static const char *const names[METHODS] = { "pwrite+fsync", "store+msync-sync" };

struct level {
    long mappers;
    char path[4096];
    int file;
    char *mapping;
};

static struct level levels[LEVELS];
static size_t file_bytes;
static long page_bytes;
static char *evicted;
static pid_t parent;
static int alive[2], ready[2]; /* mappers end when the other end of `alive` is closed; each writes to `ready` once */
static volatile sig_atomic_t stopped;

static void clean_up(void)
{
    int i;

    if (getpid() != parent)
        return;
    for (i = 0; i < LEVELS; i++)
        if (levels[i].path[0] != '\0')
            unlink(levels[i].path);
}

static void fail(const char *where, const char *what)
{
    fprintf(stderr, "probe: %s: %s: %s\n", where, what, strerror(errno));
    exit(1);
}

static void stop(int signal_number)
{
    stopped = signal_number;
}

static double now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        fail("clock_gettime", "CLOCK_MONOTONIC");
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static unsigned long seed = 2007; /* of numbers that are random enough for an order */

static unsigned below(unsigned bound)
{
    seed = (seed * 1103515245UL + 12345UL) & 0x7fffffffUL;
    return (unsigned)(seed >> 16) % bound;
}

static void make(struct level *level, const char *directory, int number)
{
    static char piece[PIECE];
    size_t done;

    if ((size_t)snprintf(level->path, sizeof level->path, "%s/probe-%ld-%d", directory, (long)parent, number) >= sizeof level->path) {
        level->path[0] = '\0';
        errno = ENAMETOOLONG;
        fail(directory, "path");
    }
    level->file = open(level->path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (level->file < 0) {
        level->path[0] = '\0'; /* it is not ours */
        fail(directory, "making a file there");
    }
    memset(piece, 'm', sizeof piece);
    for (done = 0; done < file_bytes; done += PIECE)
        if (write(level->file, piece, PIECE) != PIECE)
            fail(level->path, "write (there are four files of this size)");
    if (fsync(level->file) != 0)
        fail(level->path, "fsync");
    level->mapping = mmap(NULL, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, level->file, 0);
    if (level->mapping == MAP_FAILED)
        fail(level->path, "mmap");
}

/* Maps a file as Cyrus does, opened for writing and mapped for reading, and reads every page. Returns 0 if it cannot. */
static int map(const struct level *level)
{
    int file = open(level->path, O_RDWR);
    char *mapping = file < 0 ? MAP_FAILED : mmap(NULL, file_bytes, PROT_READ, MAP_SHARED, file, 0);
    volatile char sum = 0;
    size_t at;

    for (at = 0; mapping != MAP_FAILED && at < file_bytes; at += (size_t)page_bytes)
        sum = (char)(sum + mapping[at]);
    return mapping != MAP_FAILED;
}

/* A mapper of every file that has more mappers than its number. It ends with the parent, however that ends. */
static void mapper(long number)
{
    char is_mapped = 1;
    int i;

    close(alive[1]);
    for (i = 0; i < LEVELS; i++) {
        munmap(levels[i].mapping, file_bytes);
        if (levels[i].mappers > number && !map(&levels[i]))
            is_mapped = 0;
    }
    if (write(ready[1], &is_mapped, 1) == 1)
        while (read(alive[0], &is_mapped, 1) < 0)
            ;
    _exit(0);
}

/* One update, timed. What it writes differs from the update before, so that the page is dirty. */
static double update(const struct level *level, int method)
{
    static char bytes[WRITTEN];
    double began;

    bytes[0]++;
    began = now_ns();
    if (method == 0) {
        if (pwrite(level->file, bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes || fsync(level->file) != 0)
            fail(level->path, "pwrite and fsync");
    } else {
        memcpy(level->mapping, bytes, sizeof bytes);
        if (msync(level->mapping, (size_t)page_bytes, MS_SYNC) != 0)
            fail(level->path, "msync");
    }
    return now_ns() - began;
}

/* A line of a block: its last update finds the processor's caches full of something else. */
static void block(long round, const struct level *level, int method)
{
    int i;

    printf("block %ld %s %ld", round, names[method], level->mappers);
    for (i = 0; i < UPDATES; i++) {
        if (i == UPDATES - 1)
            memset(evicted, i + (int)round, EVICTED);
        printf(" %.0f", update(level, method));
    }
    printf("\n");
}

static long number(int count, char **arguments, int place, long otherwise, long most)
{
    char *end;
    long value;

    if (count <= place)
        return otherwise;
    errno = 0;
    value = strtol(arguments[place], &end, 10);
    if (errno != 0 || *end != '\0' || end == arguments[place] || value < 1 || value > most) {
        fprintf(stderr, "probe: %s: must be a number from 1 to %ld\n", arguments[place], most);
        exit(2);
    }
    return value;
}

int main(int count, char **arguments)
{
    int i, order[LEVELS * METHODS];
    long mappers, seconds, started, round;
    struct sigaction action;
    struct utsname system;
    char date[32], byte;
    time_t now = time(NULL);
    double end;

    if (count < 2 || count > 5)
        return fprintf(stderr, "usage: probe DIRECTORY [MAPPERS [MEBIBYTES [SECONDS]]]\n"), 2;
    mappers = number(count, arguments, 2, 1000, 1000000);
    file_bytes = (size_t)number(count, arguments, 3, 8, 1024) << 20;
    seconds = number(count, arguments, 4, 60, 86400);
    parent = getpid();
    page_bytes = sysconf(_SC_PAGESIZE);
    evicted = malloc(EVICTED);
    if (evicted == NULL || uname(&system) < 0 || pipe(ready) != 0 || pipe(alive) != 0)
        fail("getting ready", "memory or pipes");
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    atexit(clean_up);
    for (i = 0; i < LEVELS; i++) {
        levels[i].mappers = i == 0 ? 0 : mappers * (i == 3 ? 4 : i) / 4;
        make(&levels[i], arguments[1], i);
    }
    for (started = 0; started < mappers && stopped == 0; started++) {
        pid_t child = fork();

        if (child == 0)
            mapper(started);
        if (child < 0 || read(ready[0], &byte, 1) != 1 || byte == 0)
            break;
    }
    if (started == mappers) {
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
        printf("probe 1\nsystem %s %s %s\nmachine %s\nstarted %s\n", system.sysname, system.release, system.machine, system.nodename, date);
        printf("directory %s\nseconds %ld\n", arguments[1], seconds);
        printf("cpus %ld\npage_bytes %ld\nfile_bytes %lu\nwrite_bytes %d\n", sysconf(_SC_NPROCESSORS_ONLN), page_bytes, (unsigned long)file_bytes, PIECE);
        end = now_ns() + (double)seconds * 1e9;
        for (round = 0; stopped == 0 && now_ns() < end; round++) {
            for (i = 0; i < LEVELS * METHODS; i++) {
                int other = (int)below((unsigned)i + 1);
                order[i] = order[other];
                order[other] = i;
            }
            for (i = 0; i < LEVELS * METHODS && stopped == 0; i++)
                block(round, &levels[order[i] % LEVELS], order[i] / LEVELS);
        }
        printf("end %ld\n", round);
    } else if (stopped == 0) {
        fprintf(stderr, "probe: process %ld of %ld: %s; give fewer\n", started + 1, mappers, strerror(errno));
    }
    close(alive[1]);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    return started == mappers && stopped == 0 ? 0 : 1;
}
