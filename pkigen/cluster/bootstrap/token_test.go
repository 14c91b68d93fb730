package bootstrap

import (
	"testing"
	"time"
)

// TestHeld holds that a token is seen in each form that a cluster reads,
// and that names which look like one are not taken for it.
func TestHeld(t *testing.T) {
	token := Token{ID: "abcdef", Secret: "0123456789abcdef", Ends: time.Now()}
	for text, want := range map[string]bool{
		string(token.Format()): true,
		token.String():         true,
		token.String() + `,kubelet-bootstrap,10001,"g"`:  true,
		"users:\n- user:\n    token: " + token.String():  true,
		"    token: \"" + token.String() + "\"\n":        true,
		"X_ARGS=\"\\\n--name=" + token.String() + "\"\n": false,
		"server: https://" + token.String() + ":6443\n":  false,
		token.String() + ".example.com\n":                false,
		"    token: abcdef.short\n":                      false,
		"":                                               false,
	} {
		if got := Held([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
