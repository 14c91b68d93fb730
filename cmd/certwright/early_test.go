package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/steps"
)

// TestEarlyCA has a set that was made while the clock was ahead: certwright generate thinks
// that the clock is wrong now, and what verify prints fixes it without losing a key.
func TestEarlyCA(t *testing.T) {
	answers := steps.NewAnswers()
	for key, value := range map[string]string{
		"layout": "three-ca", "encryptionAlgorithm": "ECDSA-P256",
		"nodes": "m1 10.1.0.1 control-plane,etcd", "serviceSubnet": "10.96.0.0/12",
	} {
		if err := answers.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	dir := makeSet(t, answers, time.Now().Add(72*time.Hour))
	key := filepath.Join(dir, "authority", "ca.key")
	before, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	said, code := execute(t, "generate", "--dir", dir)
	if code != exitFailed || !strings.Contains(said, "if the clock is right and the CA was made under a wrong one, certwright renew DIR ca etcd-ca front-proxy-ca makes it again") {
		t.Errorf("generate ends with %d:\n%s", code, said)
	}
	said, code = execute(t, "verify", dir)
	command := "certwright renew " + dir + " ca etcd-ca front-proxy-ca"
	if code != exitFailed || strings.Count(said, "\n  "+command) != 2 || strings.Contains(said, "certwright generate") {
		t.Errorf("verify does not print %q for CAs and leaves, or something else:\n%s", command, said)
	}
	if said, code = execute(t, strings.Fields(command)[1:]...); code != 0 {
		t.Fatalf("%s ends with %d:\n%s", command, code, said)
	}
	for _, args := range [][]string{{"verify", "--strict", dir}, {"generate", "--dir", dir}} {
		if said, code := execute(t, args...); code != 0 {
			t.Errorf("%s after it ends with %d:\n%s", args[0], code, said)
		}
	}
	if after, err := os.ReadFile(key); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the CA's key is another, or gone: %v", err)
	}
}
