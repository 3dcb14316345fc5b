"""Broken promises that are loaded into the program, so that each oracle is seen to fail."""

import shutil

from fault_matrix.files import must

# Each breaks one promise of the program from outside; the matrix must notice.
SABOTAGE = {
    "nothing-durable": """
        int fsync(int d) { return 0; }
        int fdatasync(int d) { return 0; }
        int syncfs(int d) { return 0; }""",
    "names-before-content": """
        int fsync(int d) { struct stat s; return fstat(d, &s) == 0 && S_ISDIR(s.st_mode) ?
          (int)syscall(SYS_fsync, d) : 0; }
        int syncfs(int d) { return 0; }""",
    "switch-in-two-steps": """
        int renameat(int a, const char *old, int b, const char *new) {
          unlinkat(b, new, 0);
          return (int)syscall(SYS_renameat, a, old, b, new); }""",
    "leftovers-stay": """
        int unlinkat(int d, const char *name, int flags) {
          size_t n = strlen(name);
          if (n > 5 && strcmp(name + n - 5, ".part") == 0) return 0;
          return (int)syscall(SYS_unlinkat, d, name, flags); }""",
    "objects-in-place": """
        int renameat2(int a, const char *old, int b, const char *new, unsigned flags) {
          int from = openat(a, old, O_RDONLY), to;
          if (strlen(new) != 67 || from < 0) {
            if (from >= 0) close(from);
            return (int)syscall(SYS_renameat2, a, old, b, new, flags); }
          to = openat(b, new, O_WRONLY | O_CREAT | O_EXCL, 0444);
          if (to < 0) { int e = errno; close(from); errno = e; return -1; }
          char block[512]; ssize_t n;
          while ((n = read(from, block, sizeof block)) > 0) { write(to, block, (size_t)n); }
          close(to); close(from); return unlinkat(a, old, 0); }""",
    "finished-name-first": """
        static const char *name(const char *old, char *new) {
          const char *end = strstr(old, ".partial");
          if (!end) return old;
          snprintf(new, 200, "%.*s%s", (int)(end - old), old, end + 8); return new; }
        int mkdirat(int d, const char *n, mode_t m) {
          char b[200]; return (int)syscall(SYS_mkdirat, d, name(n, b), m); }
        int fchmodat(int d, const char *n, mode_t m, int f) {
          char b[200]; return (int)syscall(SYS_fchmodat, d, name(n, b), m); }
        long clinux_hook(void) { return 0; }
        int renameat2(int a, const char *old, int b, const char *new, unsigned flags) {
          if (strstr(old, ".partial")) return 0;
          return (int)syscall(SYS_renameat2, a, old, b, new, flags); }
        long syscall(long number, ...) {
          long v[6]; va_list l; va_start(l, number);
          for (int i = 0; i < 6; i++) v[i] = va_arg(l, long);
          va_end(l);
          char b[200];
          if (number == SYS_openat2) v[1] = (long)name((const char *)v[1], b);
          long r; register long r10 asm("r10") = v[3], r8 asm("r8") = v[4], r9 asm("r9") = v[5];
          asm volatile("syscall" : "=a"(r) : "0"(number), "D"(v[0]), "S"(v[1]), "d"(v[2]),
            "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
          if (r < 0) { errno = (int)-r; return -1; }
          return r; }""",
}


def build_sabotage(name, root):
    """A shared object that is loaded into the program."""
    source, built = root + "/sabotage.c", root + "/sabotage.so"
    headers = "errno fcntl stdarg stdio string unistd sys/stat sys/syscall".split()
    with open(source, "w") as file:
        file.write("#define _GNU_SOURCE\n" + "".join(f"#include <{h}.h>\n" for h in headers))
        file.write(SABOTAGE[name] + "\n")
    must([shutil.which("cc") or "clang", "-w", "-shared", "-fPIC", "-O1", "-o", built, source])
    return built
