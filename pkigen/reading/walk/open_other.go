//go:build !unix

package walk

const openNonblock = 0
