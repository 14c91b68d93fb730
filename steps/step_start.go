package steps

// The keys of the local answers.
const (
	ModeKey = "mode" // ModeNew, ModeVerify or ModeInspect
	DirKey  = "dir"  // the output directory, or the one to look at
)

// What the wizard can be asked to do.
const (
	ModeNew     = "new"
	ModeVerify  = "verify"
	ModeInspect = "inspect"
)

func startStep() Step {
	return Step{
		Key:   "start",
		Title: "Start",
		Intro: "What shall be done, and in which directory",
		Questions: []Field{
			{
				Key: ModeKey, Label: "Do", Kind: Choice, Local: true,
				Default: fixed(ModeNew),
				Options: func(*Answers) []Option {
					return []Option{
						{ModeNew, "make the certificates", "Asks a few questions and shows everything that will exist. Nothing is written before you confirm."},
						{ModeVerify, "verify what is there", "Says whether a cluster would run with the directory, ours or any other, and if not, why and what to do first. Nothing is changed."},
						{ModeInspect, "look at what is there", "Shows each certificate of the directory with its names, its signer and the days it has left. Nothing is changed."},
					}
				},
			},
			{
				Key: DirKey, Label: "Directory", Local: true,
				Default: fixed("pki"), Example: "pki",
			},
		},
	}
}

// Making tells that the questions about a set are asked. The other modes only
// look at a directory.
func Making(a *Answers) bool { return a.Get(ModeKey) != ModeInspect && a.Get(ModeKey) != ModeVerify }
