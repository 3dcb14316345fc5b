#ifndef CLINUX_H
#define CLINUX_H

/* Linux calls that Swift's Glibc module does not show, because it is built without _GNU_SOURCE.
   Every function returns what the system call returns, or -1 with errno set. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS. */
int clinux_openat_beneath(int directory, const char *path, int flags, unsigned int mode);

/* The same with RESOLVE_NO_XDEV: -1 with EXDEV where something is mounted on the way, a part of the
   same file system too, which fstat(2) cannot tell. Makes nothing. */
int clinux_openat_same_mount(int directory, const char *path, int flags);

/* openat2 with RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS: symbolic links are followed, but none that
   is absolute or leads out of the directory, and at most 40 of them. */
int clinux_openat_inside(int directory, const char *path, int flags);

int clinux_renameat2(int old_directory, const char *old_path, int new_directory,
                     const char *new_path, unsigned int flags);
/* malloc_trim(3) of all that is free. */
int clinux_give_back(void);

int clinux_syncfs(int descriptor);
/* umount2(2) that follows no symbolic link. */
int clinux_unmount(const char *path);
/* Forgets what the kernel keeps of a block device in memory (BLKFLSBUF); only root may. */
int clinux_flush_device(int descriptor);
int clinux_copy_reflink(int destination, int source);
/* linkat(AT_EMPTY_PATH by /proc/self/fd): gives an O_TMPFILE a name. */
int clinux_link_descriptor(int descriptor, int directory, const char *name);
int clinux_start_writeback(int descriptor, int64_t offset, int64_t length);
int clinux_preallocate(int descriptor, int64_t length);
/* Locks of single bytes that belong to the open file, not to the process (F_OFD_*). `exclusive` 0
   is a shared lock; setting never waits: -1 with EAGAIN or EACCES when another has it. */
int clinux_lock_byte(int descriptor, int64_t offset, int exclusive);
int clinux_unlock_byte(int descriptor, int64_t offset);
/* All that this open file holds. */
int clinux_unlock_bytes(int descriptor);
/* 1 when another open file holds any lock of the byte, else 0. */
int clinux_is_byte_locked(int descriptor, int64_t offset);
int clinux_advise_sequential(int descriptor);
/* Writes go past the page cache (O_DIRECT), or no more. */
int clinux_set_direct(int descriptor, int on);

extern const int clinux_O_TMPFILE;
extern const int clinux_O_PATH;
extern const unsigned int clinux_RENAME_NOREPLACE;
extern const unsigned int clinux_RENAME_EXCHANGE;

/* The process's name of a file system type, for messages ("vfat", "ext4"), or 0. */
int64_t clinux_filesystem_magic(int descriptor);

/* Neither this process nor its children can gain privileges by what they run (PR_SET_NO_NEW_PRIVS). */
int clinux_no_new_privileges(void);

/* Signals: the first SIGINT, SIGTERM or SIGHUP is stored; a second one ends the process. */
void clinux_watch_signals(void);
int clinux_pending_signal(void);

/* SIGCHLD as gpg needs it, whatever the parent left; and processes whose parents ended become this
   one's children, so that all that was started can be found and ended. */
int clinux_adopt_orphans(void);
/* 1 after clinux_adopt_orphans, else 0. */
int clinux_adopts_orphans(void);
#endif
