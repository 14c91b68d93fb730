package steps

// The keys of the local answers.
const (
	ModeKey = "mode" // ModeNew, ModeRenew, ModeVerify or ModeInspect
	DirKey  = "dir"  // the output directory, or the one to look at
)

// What the wizard can be asked to do.
const (
	ModeNew     = "new"
	ModeRenew   = "renew"
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
						{ModeRenew, "renew what is there", "Shows how long each certificate lasts, asks what to renew, and shows what changes before it does it. Then it says what to restart."},
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

// Making tells that the questions about a set are asked. The other modes are
// about one that is there.
func Making(a *Answers) bool {
	switch a.Get(ModeKey) {
	case ModeRenew, ModeVerify, ModeInspect:
		return false
	}
	return true
}

// Looking tells that a directory is only looked at, and nothing is written.
func Looking(a *Answers) bool { return !Making(a) && !Renewing(a) }
