package sqlite

import (
	"os"
	"syscall"
)

// signsOf gives something to be read whenever anybody on this machine writes to the
// file. The file itself is not opened: closing it would let go SQLite's locks on it.
func signsOf(path string) (*os.File, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	f := os.NewFile(uintptr(fd), "signs of writing")
	if _, err := syscall.InotifyAddWatch(fd, path, syscall.IN_MODIFY); err != nil {
		_ = f.Close()
		return nil, os.NewSyscallError("inotify_add_watch", err)
	}
	return f, nil
}
