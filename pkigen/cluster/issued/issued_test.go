package issued

import (
	"strings"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func entry(name, signer, serial string) Certificate {
	return Certificate{Name: name, Signer: signer, Serial: serial, SHA256: strings.Repeat(serial, 64/len(serial)), From: day, Ends: day.AddDate(1, 0, 0)}
}

func TestRoundTrip(t *testing.T) {
	r := &Record{}
	if n := r.Add(entry("b/kubelet-client", "ca", "b0"), entry("admin", "ca", "a1"), entry("admin", "ca", "a1")); n != 2 {
		t.Errorf("%d were added, want 2", n)
	}
	r.Revoke(day.Add(time.Hour), entry("admin", "ca", "a1"), Certificate{Name: "x/kubelet-client", Signer: "ca", SHA256: strings.Repeat("c", 64)})
	again, err := Parse(r.Text())
	if err != nil {
		t.Fatal(err)
	}
	if string(again.Text()) != string(r.Text()) {
		t.Errorf("read again it is\n%s\nwas\n%s", again.Text(), r.Text())
	}
	if got := again.Revoked("ca"); len(got) != 2 || got[0].Name != "admin" || got[1].Serial != "" {
		t.Errorf("revoked are %+v", got)
	}
	if got := again.Revoked("etcd-ca"); got != nil {
		t.Errorf("of another CA: %+v", got)
	}
}

func TestRevokeKeepsTheFirstTime(t *testing.T) {
	r := &Record{}
	r.Revoke(day, entry("admin", "ca", "a1"))
	r.Revoke(day.Add(time.Hour), entry("admin", "ca", "a1"))
	if got := r.All()[0].Revoked; !got.Equal(day) {
		t.Errorf("revoked at %s", got)
	}
}

// TestKeep: what an undo goes back to knows what was issued since, and not what was revoked.
func TestKeep(t *testing.T) {
	old, now := &Record{}, &Record{}
	old.Add(entry("admin", "ca", "a1"))
	now.Add(old.All()...)
	now.Add(entry("admin", "ca", "a2"))
	now.Revoke(day, entry("admin", "ca", "a1"), entry("admin", "ca", "a2"))
	old.Keep(now)
	if len(old.All()) != 2 || len(old.Revoked("ca")) != 0 {
		t.Errorf("the record is\n%s", old.Text())
	}
}

func TestParseRefuses(t *testing.T) {
	sum := strings.Repeat("a", 64)
	for _, line := range []string{
		"2026-11-30T12:00:00Z - - ca 1 " + sum,
		"yesterday - - ca 1 " + sum + " admin",
		"- - - ca - - admin",
		"- - - ca 1 " + sum[1:] + " admin",
		"- - - ca 1G " + sum + " admin",
		"- - - ca 1 " + sum + " admin\n- - - ca 1 " + sum + " admin",
	} {
		if _, err := Parse([]byte(line + "\n")); err == nil {
			t.Errorf("%q was read", line)
		}
	}
	if r, err := Parse(nil); err != nil || len(r.All()) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("- - - ca 1 " + strings.Repeat("a", 64) + " admin\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		if _, err := Parse(r.Text()); err != nil {
			t.Errorf("what was read is written as %q: %v", r.Text(), err)
		}
	})
}
