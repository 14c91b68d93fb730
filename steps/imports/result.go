package imports

// Source is a text that is to be read.
type Source struct {
	Name string
	Data []byte
}

// Result is what became of texts: what was taken of them, and what is to be known of the
// rest.
type Result struct {
	Files []File  `json:"files"`
	Taken []Taken `json:"taken"`
	Notes []Note  `json:"notes"`
}

// Taken is one answer that was taken.
type Taken struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
	// Answer is the whole answer that the value is part of, and Places are those of its
	// lines; a line that was there before has none.
	Answer string  `json:"-"`
	Places []Place `json:"-"`
}

// Place is where a line of an answer stands, from 1, or the answer for line 0; "" for one
// that is another by now, or was not taken.
func (r *Result) Place(key, answer string, line int) string {
	if r == nil {
		return ""
	}
	for _, t := range r.Taken {
		switch {
		case t.Key != key || t.Answer != answer:
		case line >= 1 && line <= len(t.Places):
			return t.Places[line-1].String()
		default:
			return t.Places[0].String()
		}
	}
	return ""
}
