// Faults of disk and clock, put between a program and its C library: LD_PRELOAD=libfaults.so.
//
// Only files whose path has `FAULT_FILE` in it (`runs.db` by default) are concerned.
//
//     FAULT=OP:N:ERRNO[:HOW]  the N-th OP (from 1) on such a file fails with ERRNO. OP is write, sync, read or truncate, or clock:
//                             the N-th look at the wall clock, which Rust's library answers with a panic.
//                             HOW is `once` (as without it), `ever`, for a write `short`: half of it is written then,
//                             or `kill`: the process dies there, with half of a write done.
//     FAULT_SYNC_MS=MS        every sync takes so much longer
//     FAULT_SKEW_S=SECONDS    the wall clock is ahead by so much (or behind, where negative)
//     FAULT_SKEW_FILE=PATH    as before, read from a file each time the clock is asked: it may jump while the program runs
//     FAULT_LOG=PATH          each write, sync and truncation is written down, and what goes to standard output, in one order
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counts[5];
enum { WRITE, SYNC, READ, TRUNCATE, CLOCK };
static const char *names[] = {"write", "sync", "read", "truncate", "clock"};

static int concerned(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    const char *wanted = getenv("FAULT_FILE");
    // The index of the log is shared memory: it is made anew after a crash.
    return strstr(path, wanted ? wanted : "runs.db") != NULL && strstr(path, "-shm") == NULL;
}

static int dies(void) {
    const char *fault = getenv("FAULT");
    return fault && strstr(fault, ":kill") != NULL;
}

// Whether this operation fails: 0, or the number of the error. `is_short` says that half of it is done all the same.
static int fails(int op, int *is_short) {
    *is_short = 0;
    const char *fault = getenv("FAULT");
    if (!fault) return 0;
    char what[16], how[16] = "once";
    long n;
    int number;
    if (sscanf(fault, "%15[a-z]:%ld:%d:%15s", what, &n, &number, how) < 3 || strcmp(what, names[op]) != 0) return 0;
    pthread_mutex_lock(&mutex);
    long count = ++counts[op];
    pthread_mutex_unlock(&mutex);
    *is_short = strcmp(how, "short") == 0;
    if (count == n && dies() && op != WRITE) kill(getpid(), SIGKILL);
    return count == n || (count > n && strcmp(how, "ever") == 0) ? number : 0;
}

static void note(char kind, const char *path, uint64_t offset, const void *data, uint64_t length) {
    const char *log = getenv("FAULT_LOG");
    if (!log) return;
    pthread_mutex_lock(&mutex);
    int fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    char head[512];
    const char *name = strrchr(path, '/');
    int size = snprintf(head, sizeof head, "%c %s %llu %llu\n", kind, name ? name + 1 : path,
                        (unsigned long long)offset, (unsigned long long)length);
    struct iovec parts[2] = {{head, (size_t)size}, {(void *)data, data ? length : 0}};
    syscall(SYS_writev, fd, parts, 2);
    syscall(SYS_close, fd);
    pthread_mutex_unlock(&mutex);
}

static ssize_t put(int fd, const void *data, size_t length, off_t offset, int positioned) {
    char path[4096];
    size_t wanted = length;
    if (fd == 1) note('o', "stdout", 0, data, length);
    if (fd > 2 && concerned(fd, path, sizeof path)) {
        int is_short, number = fails(WRITE, &is_short);
        if (number && dies()) {
            syscall(SYS_pwrite64, fd, data, length / 2, positioned ? offset : syscall(SYS_lseek, fd, 0, SEEK_CUR));
            kill(getpid(), SIGKILL);
        }
        if (number && is_short) wanted = length / 2;
        if (number && !is_short) {
            errno = number;
            return -1;
        }
        off_t at = positioned ? offset : syscall(SYS_lseek, fd, 0, SEEK_CUR);
        note('w', path, (uint64_t)at, data, wanted);
    }
    return positioned ? syscall(SYS_pwrite64, fd, data, wanted, offset) : syscall(SYS_write, fd, data, wanted);
}

ssize_t write(int fd, const void *data, size_t length) { return put(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return put(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return put(fd, data, length, offset, 1); }

static int refused(int fd, int op) {
    char path[4096];
    int is_short;
    if (fd <= 2 || !concerned(fd, path, sizeof path)) return 0;
    int number = fails(op, &is_short);
    errno = number ? number : errno;
    return number;
}

ssize_t read(int fd, void *data, size_t length) {
    return refused(fd, READ) ? -1 : syscall(SYS_read, fd, data, length);
}
ssize_t pread(int fd, void *data, size_t length, off_t offset) {
    return refused(fd, READ) ? -1 : syscall(SYS_pread64, fd, data, length, offset);
}
ssize_t pread64(int fd, void *data, size_t length, off64_t offset) { return pread(fd, data, length, offset); }

static int sync_with(long call, int fd) {
    char path[4096];
    if (fd <= 2 || !concerned(fd, path, sizeof path)) return (int)syscall(call, fd);
    int is_short, number = fails(SYNC, &is_short);
    if (number) {
        errno = number;
        return -1;
    }
    const char *slow = getenv("FAULT_SYNC_MS");
    if (slow) usleep((useconds_t)atoi(slow) * 1000);
    int result = (int)syscall(call, fd);
    note('s', path, 0, NULL, 0);
    return result;
}

int fsync(int fd) { return sync_with(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_with(SYS_fdatasync, fd); }

static int cut(int fd, off_t length) {
    char path[4096];
    if (fd > 2 && concerned(fd, path, sizeof path)) {
        int is_short, number = fails(TRUNCATE, &is_short);
        if (number) {
            errno = number;
            return -1;
        }
        note('t', path, (uint64_t)length, NULL, 0);
    }
    return (int)syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static long skew(void) {
    const char *file = getenv("FAULT_SKEW_FILE"), *seconds = getenv("FAULT_SKEW_S");
    if (!file) return seconds ? atol(seconds) : 0;
    char text[32] = "";
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int is_short, number = clock == CLOCK_REALTIME ? fails(CLOCK, &is_short) : 0;
    if (number) {
        errno = number;
        return -1;
    }
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += skew();
    return result;
}
