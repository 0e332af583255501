/* A disk that fails syncs and writes of files named journal.db, for LD_PRELOAD. MUFAKAT_FAIL names the call, the number of the
   call from which on it fails, and the error: "fdatasync 5 EIO", "pwritev 3 ENOSPC". MUFAKAT_SHORT: a write that
   fails leaves so many bytes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_journal(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    return name && !strcmp(name, "/journal.db");
}

static int fails(const char *call, int file) {
    static int counted;
    char named[16], error[16];
    int from;
    const char *text = getenv("MUFAKAT_FAIL");
    if (!text || sscanf(text, "%15s %d %15s", named, &from, error) != 3 || strcmp(named, call) || !is_journal(file)) return 0;
    if (++counted < from) return 0;
    errno = strcmp(error, "EIO") ? ENOSPC : EIO;
    return 1;
}

int fdatasync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails("fdatasync", file) ? -1 : real(file);
}

static ssize_t written(int file, const struct iovec *parts, int count, off_t at) {
    ssize_t (*real)(int, const struct iovec *, int, off_t) =
        (ssize_t (*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, "pwritev");
    if (!fails("pwritev", file)) return real(file, parts, count, at);
    int error = errno;
    const char *text = getenv("MUFAKAT_SHORT");
    size_t left = text ? (size_t)atol(text) : 0;
    for (int each = 0; each < count && left; each++) {
        size_t some = parts[each].iov_len < left ? parts[each].iov_len : left;
        if (pwrite(file, parts[each].iov_base, some, at) < 0) break;
        at += some;
        left -= some;
    }
    errno = error;
    return -1;
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    return written(file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t at) {
    return written(file, parts, count, at);
}

/* Python calls these where the system has them. */
ssize_t pwritev2(int file, const struct iovec *parts, int count, off_t at, int flags) {
    (void)flags;
    return written(file, parts, count, at);
}

ssize_t pwritev64v2(int file, const struct iovec *parts, int count, off_t at, int flags) {
    (void)flags;
    return written(file, parts, count, at);
}
