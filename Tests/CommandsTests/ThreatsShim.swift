import Foundation
import TestSupport

/// A small library that is put before libc in the program under test, made by the C compiler when
/// first used.
///
/// It gives another clock or a faster one, and a medium that cannot be read or says something else each time.
enum ThreatsShim {
  /// The library's path; nil without a C compiler.
  static let object: String? = try? make()

  /// The environment that lets the program under test see the clock this many seconds off.
  static func clock(_ seconds: Int) -> [String: String] {
    ["LD_PRELOAD": object ?? "", "CLOCKOFF": String(seconds)]
  }

  /// The environment in which the program's deadlines pass this many times as fast.
  static func haste(_ factor: Int) -> [String: String] {
    ["LD_PRELOAD": object ?? "", "CLOCKRATE": String(factor)]
  }

  /// The environment in which reading a file whose path contains `part` fails from `offset` on.
  static func unreadable(_ part: String, at offset: Int) -> [String: String] {
    ["LD_PRELOAD": object ?? "", "BADFILE": part, "BADAT": String(offset)]
  }

  /// The environment in which a range of a file whose path contains `part` cannot be read; what comes
  /// before it is given first, as the kernel does.
  static func unreadable(_ part: String, from offset: Int, to end: Int) -> [String: String] {
    ["LD_PRELOAD": object ?? "", "BADFILE": part, "BADAT": String(offset), "BADEND": String(end)]
  }

  /// The environment in which every read of a byte of a file whose path contains `part`, but the
  /// first `good` ones, gives another byte.
  static func changing(_ part: String, after good: Int, at offset: Int) -> [String: String] {
    [
      "LD_PRELOAD": object ?? "", "LIAR": part, "LIARAFTER": String(good),
      "LIARAT": String(offset),
    ]
  }

  /// The environment in which nothing whose name contains `part` can be looked at or opened.
  static func unlookable(_ part: String) -> [String: String] {
    ["LD_PRELOAD": object ?? "", "BADNAME": part]
  }

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <limits.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <time.h>
    #include <unistd.h>
    /* openat2 has no function of its own. */
    long syscall(long n, ...) {
      static long (*next)(long, ...);
      const char *part = getenv("BADNAME");
      long x[6]; va_list list; va_start(list, n);
      for (int i = 0; i < 6; i++) x[i] = va_arg(list, long);
      va_end(list);
      if (n == SYS_openat2 && part && x[1] && strstr((const char *)x[1], part)) {
        errno = EIO; return -1;
      }
      if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
      return next(n, x[0], x[1], x[2], x[3], x[4], x[5]);
    }
    static long number(const char *name) { const char *v = getenv(name); return v ? atol(v) : 0; }
    int clock_gettime(clockid_t c, struct timespec *t) {
      int r = syscall(SYS_clock_gettime, c, t);
      if (r == 0 && c == CLOCK_REALTIME) t->tv_sec += number("CLOCKOFF");
      long rate = number("CLOCKRATE");
      if (r == 0 && (c == CLOCK_MONOTONIC || c == CLOCK_BOOTTIME) && rate) {
        t->tv_sec = t->tv_sec * rate + t->tv_nsec * rate / 1000000000;
        t->tv_nsec = t->tv_nsec * rate % 1000000000;
      }
      return r;
    }
    time_t time(time_t *t) {
      struct timespec s; clock_gettime(CLOCK_REALTIME, &s);
      if (t) *t = s.tv_sec;
      return s.tv_sec;
    }
    int gettimeofday(struct timeval *v, void *z) {
      struct timespec s; clock_gettime(CLOCK_REALTIME, &s);
      v->tv_sec = s.tv_sec; v->tv_usec = s.tv_nsec / 1000;
      return 0;
    }
    static int is(int fd, const char *variable) {
      const char *part = getenv(variable); char name[64], path[PATH_MAX];
      if (!part) return 0;
      snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
      ssize_t n = readlink(name, path, sizeof path - 1);
      if (n <= 0) return 0;
      path[n] = 0;
      return strstr(path, part) != NULL;
    }
    static long seen;
    static ssize_t judge(int fd, void *b, ssize_t n, off_t at) {
      if (n > 0 && is(fd, "BADFILE") && at + n > number("BADAT")) {
        long end = number("BADEND");
        if (end && at < number("BADAT")) return number("BADAT") - at;
        if (!end || at < end) { errno = EIO; return -1; }
      }
      long where = number("LIARAT");
      if (n > 0 && is(fd, "LIAR") && at <= where && where < at + n)
        if (__sync_fetch_and_add(&seen, 1) >= number("LIARAFTER")) ((char *)b)[where - at] ^= 1;
      return n;
    }
    ssize_t pread(int fd, void *b, size_t n, off_t at) {
      return judge(fd, b, syscall(SYS_pread64, fd, b, n, at), at);
    }
    ssize_t pread64(int fd, void *b, size_t n, off_t at) { return pread(fd, b, n, at); }
    ssize_t read(int fd, void *b, size_t n) {
      off_t at = lseek(fd, 0, SEEK_CUR);
      return judge(fd, b, syscall(SYS_read, fd, b, n), at < 0 ? 0 : at);
    }
    """

  private static func make() throws -> String {
    let path = try ThreatsLab.shared.get().path
    try Disk.write(source, to: path + "/shim.c")
    try run(["cc", "-shared", "-fPIC", "-O1", "-o", path + "/shim.so", path + "/shim.c"])
      .succeeded()
    return path + "/shim.so"
  }
}
