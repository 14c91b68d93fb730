//go:build !unix

package certinfo

const openNonblock = 0
