package explain

// Explanation is a match with all its sentences, for a screen and as JSON. Its
// JSON form only ever grows.
type Explanation struct {
	ID        string            `json:"id"`
	Family    Family            `json:"family"`
	Tells     string            `json:"tells"` // "fault"; "refusal": only that the other side refused; "context": only where it happened
	Means     string            `json:"means"`
	Text      string            `json:"text"`
	Line      int               `json:"line"`
	Count     int               `json:"count"`
	PrintedBy string            `json:"printedBy"`
	Source    Source            `json:"source"`
	Fault     string            `json:"fault"`
	Next      string            `json:"next"`
	Values    map[string]string `json:"values"`
	Causes    []Cause           `json:"causes"`
	Findings  []Finding         `json:"findings,omitempty"` // of a directory, where one was looked at
}

// Explanation puts the sentences of a match together.
func (m *Match) Explanation() Explanation {
	return Explanation{
		ID: m.ID, Family: m.Family, Tells: m.Rank.String(), Means: m.Means(), Text: m.Text, Line: m.Line, Count: m.Count,
		PrintedBy: m.PrintedBy(), Source: m.Source, Fault: m.FaultOf(), Next: m.Next(), Values: m.Values, Causes: m.Causes(),
	}
}
