package issue

import (
	"crypto/rand"
	"fmt"
	"time"

	"certwright/pkigen/cluster/bootstrap"
)

// tokenLife is how long a new bootstrap token counts: an installation by hand
// takes days, and whoever finds the token may join a node of any name.
const tokenLife = 7 * 24 * time.Hour

// tokenAlphabet is what bootstrap tokens are written with. Its length divides no
// power of two, so that letters are drawn until they fit.
const tokenAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

// newToken makes a bootstrap token in the form of its file.
func newToken(now time.Time) ([]byte, error) {
	id, err := letters(6)
	if err != nil {
		return nil, err
	}
	secret, err := letters(16)
	if err != nil {
		return nil, err
	}
	t := bootstrap.Token{ID: id, Secret: secret, Ends: now.Add(tokenLife).Truncate(time.Minute)}
	return t.Format(), nil
}

// letters draws n letters, each with the same chance.
func letters(n int) (string, error) {
	out := make([]byte, 0, n)
	draw := make([]byte, 2*n)
	for len(out) < n {
		if _, err := rand.Read(draw); err != nil {
			return "", fmt.Errorf("random bootstrap token: %w", err)
		}
		for _, b := range draw {
			if limit := 256 - 256%len(tokenAlphabet); int(b) < limit && len(out) < n {
				out = append(out, tokenAlphabet[int(b)%len(tokenAlphabet)])
			}
		}
	}
	return string(out), nil
}
