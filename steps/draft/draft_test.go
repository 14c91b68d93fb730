package draft

import (
	"strings"
	"testing"

	"certwright/steps"
)

func TestDraft(t *testing.T) {
	a := steps.NewAnswers()
	for key, value := range map[string]string{
		"nodes": "m1 192.168.214.1/24\n<half typed", "ca.CN": "", "ca.O": "k8s", "ca.OU": "\xff \u2028 \"&\"",
		steps.ModeKey: steps.ModeInspect, steps.DirKey: "/secret/place",
	} {
		if err := a.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	data := Text(a)
	if strings.Contains(string(data), "secret") || strings.Contains(string(data), steps.ModeInspect) {
		t.Errorf("local answers stand in the draft:\n%s", data)
	}
	b, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	a.Unset(steps.ModeKey)
	a.Unset(steps.DirKey)
	if !a.Equal(b) {
		t.Errorf("read back as\n%s", Text(b))
	}
	if string(Text(b)) != string(data) {
		t.Error("the draft is not stable")
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, data, err string }{
		{"unknown and local keys are left out", `{"version":1,"answers":{"gone":"x","dir":"/x"}}`, ""},
		{"no answers", `{"version":1}`, ""},
		{"empty", ``, "cannot be read"},
		{"cut off", `{"version":1,"answers":{"ca.CN":"x`, "cannot be read"},
		{"tail", `{"version":1}{}`, "behind its end"},
		{"other version", `{"version":2,"answers":{}}`, "version 2"},
		{"not text", `{"version":1,"answers":{"ca.CN":5}}`, "cannot be read"},
		{"too large", strings.Repeat(" ", most+1), "bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Parse([]byte(tt.data))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || !a.Equal(steps.NewAnswers()) {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
}
