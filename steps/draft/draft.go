// Package draft keeps the answers of a wizard that was left before it was done, right or
// wrong, and says what was found of them later.
package draft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"certwright/steps"
)

const (
	// version changes when a draft can no longer be read as before.
	version = 1
	// most is the size that a draft may have, in bytes: as an answers file.
	most = 4 << 20
)

// draft is what the wizard keeps between two starts. JSON and not the answers
// file, because it holds wrong and half-typed text to the letter.
type draft struct {
	Version int               `json:"version"`
	Answers map[string]string `json:"answers"`
}

// Text is what was answered so far, right or wrong, without defaults and
// without local answers. It holds no secret: no question asks for one.
func Text(a *steps.Answers) []byte {
	d := draft{Version: version, Answers: map[string]string{}}
	for _, k := range steps.Keys() {
		if value, given := a.Explicit(k.Key); given {
			d.Answers[k.Key] = value
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

// Parse reads what Text wrote. Keys that this version does not know are
// left out: a draft is a convenience, and the review shows what is used.
func Parse(data []byte) (*steps.Answers, error) {
	if len(data) > most {
		return nil, fmt.Errorf("the draft has %d bytes, more than a draft may have (%d)", len(data), most)
	}
	var d draft
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("the draft cannot be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the draft cannot be read: something stands behind its end")
	}
	if d.Version != version {
		return nil, fmt.Errorf("the draft has version %d; this program reads version %d", d.Version, version)
	}
	a := steps.NewAnswers()
	for key, value := range d.Answers {
		if f, known := steps.Lookup(key); !known || f.Local {
			continue
		}
		if err := a.Set(key, value); err != nil {
			return nil, fmt.Errorf("the draft cannot be read: %w", err)
		}
	}
	return a, nil
}

// Saved is a set of answers found for a directory: a draft, or the answers of
// an earlier run. Either Answers or Problem is set.
type Saved struct {
	Label   string // "the draft of 14:02"
	Answers *steps.Answers
	Problem string // why what was found cannot be used
	Draft   bool   // it is the draft, which stays until the answers are saved
}
