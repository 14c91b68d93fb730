//go:build unix

package walk

import "syscall"

// openNonblock does not wait for the other end of a pipe.
const openNonblock = syscall.O_NONBLOCK
