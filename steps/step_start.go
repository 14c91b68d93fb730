package steps

import (
	"os"
	"path/filepath"
	"strings"
)

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
		Intro: "What to do, and in which directory",
		Questions: []Field{
			{
				Key: ModeKey, Label: "Task", Kind: Choice, Local: true,
				Default: fixed(ModeNew),
				Options: func(*Answers) []Option {
					return []Option{
						{ModeNew, "make the certificates", "Asks a few questions, and writes nothing before you confirm the review."},
						{ModeRenew, "renew or change an existing set", "How long each lasts; renew, change or replace it; what to restart then."},
						{ModeVerify, "verify an existing set", "Whether a cluster would run with it, and if not, why. Changes nothing."},
						{ModeInspect, "inspect an existing set", "Each certificate, its names, its signer, its expiry. Changes nothing."},
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

// Making reports whether the questions about a set are asked. The other modes are
// about one that is there.
func Making(a *Answers) bool {
	switch a.Get(ModeKey) {
	case ModeRenew, ModeVerify, ModeInspect:
		return false
	}
	return true
}

// Looking reports whether a directory is only looked at, and nothing is written.
func Looking(a *Answers) bool { return !Making(a) && !Renewing(a) }

// Dir is the directory that was answered. A leading "~/" stands for the home directory, as
// in a shell, which has not seen what was typed here.
func (a *Answers) Dir() string {
	dir := a.Get(DirKey)
	rest, home := strings.CutPrefix(strings.TrimSpace(dir)+"/", "~/")
	if !home {
		return dir
	}
	whole, err := os.UserHomeDir()
	if err != nil {
		return dir // which is refused, since it would be a folder of that name
	}
	return filepath.Join(whole, rest)
}
