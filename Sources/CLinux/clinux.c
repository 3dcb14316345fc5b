#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <malloc.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

const int clinux_O_TMPFILE = O_TMPFILE;
const int clinux_O_PATH = O_PATH;
const unsigned int clinux_RENAME_NOREPLACE = RENAME_NOREPLACE;
const unsigned int clinux_RENAME_EXCHANGE = RENAME_EXCHANGE;

static int open_within(int directory, const char *path, int flags, unsigned int mode,
                       uint64_t resolve) {
  struct open_how how = {0};
  how.flags = (uint64_t)(flags | O_CLOEXEC);
  how.mode = (flags & (O_CREAT | O_TMPFILE)) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve;
  long result;
  do {
    result = syscall(SYS_openat2, directory, path, &how, sizeof how);
  } while (result < 0 && (errno == EINTR || errno == EAGAIN));
  return (int)result;
}

int clinux_openat_beneath(int directory, const char *path, int flags, unsigned int mode) {
  return open_within(directory, path, flags, mode, RESOLVE_NO_SYMLINKS);
}

int clinux_openat_same_mount(int directory, const char *path, int flags) {
  return open_within(directory, path, flags, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int clinux_openat_inside(int directory, const char *path, int flags) {
  return open_within(directory, path, flags, 0, 0);
}

int clinux_renameat2(int old_directory, const char *old_path, int new_directory,
                     const char *new_path, unsigned int flags) {
  return renameat2(old_directory, old_path, new_directory, new_path, flags);
}

int clinux_give_back(void) { return malloc_trim(0); }

int clinux_syncfs(int descriptor) { return syncfs(descriptor); }

int clinux_unmount(const char *path) { return umount2(path, UMOUNT_NOFOLLOW); }

int clinux_flush_device(int descriptor) { return ioctl(descriptor, BLKFLSBUF, 0); }

int clinux_copy_reflink(int destination, int source) {
  return ioctl(destination, FICLONE, source);
}

int clinux_link_descriptor(int descriptor, int directory, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW);
}

int clinux_start_writeback(int descriptor, int64_t offset, int64_t length) {
  return sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
}

int clinux_preallocate(int descriptor, int64_t length) {
  return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, length);
}

static int byte_lock(int descriptor, int command, short type, int64_t offset, short *found) {
  struct flock lock = {0};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = offset;
  lock.l_len = 1;
  int result = fcntl(descriptor, command, &lock);
  if (found) *found = lock.l_type;
  return result;
}

int clinux_lock_byte(int descriptor, int64_t offset, int exclusive) {
  return byte_lock(descriptor, F_OFD_SETLK, exclusive ? F_WRLCK : F_RDLCK, offset, NULL);
}

int clinux_unlock_byte(int descriptor, int64_t offset) {
  return byte_lock(descriptor, F_OFD_SETLK, F_UNLCK, offset, NULL);
}

int clinux_unlock_bytes(int descriptor) {
  struct flock lock = {0};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int clinux_is_byte_locked(int descriptor, int64_t offset) {
  short found = F_UNLCK;
  if (byte_lock(descriptor, F_OFD_GETLK, F_WRLCK, offset, &found) != 0) return -1;
  return found != F_UNLCK;
}

int clinux_advise_sequential(int descriptor) {
  int code = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  if (code == 0) return 0;
  errno = code;
  return -1;
}

int clinux_set_direct(int descriptor, int on) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -1;
  return fcntl(descriptor, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

int64_t clinux_filesystem_magic(int descriptor) {
  struct statfs about;
  if (fstatfs(descriptor, &about) != 0) return 0;
  return (int64_t)about.f_type;
}

static volatile sig_atomic_t pending_signal = 0;

static void store_signal(int number) {
  if (pending_signal != 0) _exit(128 + number);
  pending_signal = number;
}

void clinux_watch_signals(void) {
  struct sigaction action = {0};
  action.sa_handler = store_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
  /* A closed pipe is an ordinary write error, EPIPE; never a silent death. */
  struct sigaction ignore = {0};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, NULL);
  sigaction(SIGXFSZ, &ignore, NULL);
}

int clinux_pending_signal(void) { return pending_signal; }

int clinux_adopt_orphans(void) {
  /* Not ignored, as a parent may have left it: a gpg that inherits that cannot wait for its agent.
     Children whose end nobody asks for leave no zombies. */
  struct sigaction action = {0};
  action.sa_handler = SIG_DFL;
  action.sa_flags = SA_NOCLDWAIT;
  if (sigaction(SIGCHLD, &action, NULL) != 0) return -1;
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int clinux_adopts_orphans(void) {
  int adopts = 0;
  return prctl(PR_GET_CHILD_SUBREAPER, &adopts, 0, 0, 0) == 0 && adopts != 0;
}

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
