package handout_test

import "testing"

func pipe(t *testing.T, _ string) { t.Skip("no named pipes in folders here") }
