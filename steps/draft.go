package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// draftVersion changes when a draft can no longer be read as before.
const draftVersion = 1

// draft is what the wizard keeps between two starts. JSON and not the answers
// file, because it holds wrong and half-typed text to the letter.
type draft struct {
	Version int               `json:"version"`
	Answers map[string]string `json:"answers"`
}

// Draft is what was answered so far, right or wrong, without defaults and
// without local answers. It holds no secret: no question asks for one.
func (a *Answers) Draft() []byte {
	d := draft{Version: draftVersion, Answers: map[string]string{}}
	for key, value := range a.explicit {
		if f, _ := Lookup(key); !f.Local {
			d.Answers[key] = value
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	// A map of strings always encodes, and a buffer takes everything.
	if err := enc.Encode(d); err != nil {
		panic(fmt.Sprintf("draft as JSON: %v", err))
	}
	return b.Bytes()
}

// ParseDraft reads what Draft wrote. Keys that this version does not know are
// left out: a draft is a convenience, and the review shows what is used.
func ParseDraft(data []byte) (*Answers, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("the draft has %d bytes, more than a draft may have (%d)", len(data), maxFile)
	}
	var d draft
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("the draft cannot be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the draft cannot be read: something stands behind its end")
	}
	if d.Version != draftVersion {
		return nil, fmt.Errorf("the draft has version %d; this program reads version %d", d.Version, draftVersion)
	}
	a := NewAnswers()
	for key, value := range d.Answers {
		if f, ok := Lookup(key); ok && !f.Local {
			a.explicit[key] = clean(value)
		}
	}
	return a, nil
}

// Saved is a set of answers found for a directory: a draft, or the answers of
// an earlier run. Either Answers or Problem is set.
type Saved struct {
	Label   string // "the draft of 14:02"
	Answers *Answers
	Problem string // why what was found cannot be used
	Draft   bool   // it is the draft, which stays until the answers are saved
}
