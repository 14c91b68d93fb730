package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// earlier is by how much of a spread the certificates of one node end earlier than
// their profiles say: whole hours, evenly among many nodes. It follows from the
// name alone, so that a node keeps its turn whoever else comes or goes.
func earlier(spread time.Duration, of string) time.Duration {
	if spread <= 0 {
		return 0
	}
	sum := sha256.Sum256([]byte(of)) // smaller hashes part worker1 to worker5000 unevenly
	return time.Duration(binary.BigEndian.Uint64(sum[:])%uint64(spread/time.Hour+1)) * time.Hour
}
