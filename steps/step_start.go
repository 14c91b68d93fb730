package steps

// The keys of the local answers.
const (
	ModeKey = "mode" // ModeNew or ModeInspect
	DirKey  = "dir"  // the output directory, or the one to look at
)

// What the wizard can be asked to do.
const (
	ModeNew     = "new"
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

// making tells that the questions about a new set are asked.
func making(a *Answers) bool { return a.Get(ModeKey) != ModeInspect }
