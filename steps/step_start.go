package steps

import (
	"os"
	"path/filepath"
	"strings"
)

// The keys of the local answers.
const (
	ModeKey = "mode" // ModeNew or another task
	DirKey  = "dir"  // the output directory, or the one to look at
)

// What the wizard can be asked to do.
const (
	ModeNew     = "new"
	ModeRenew   = "renew"
	ModeVerify  = "verify"
	ModeInspect = "inspect"
	ModeAdopt   = "adopt"
	ModeHistory = "history"
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
						{ModeAdopt, "adopt a set that others made", "Reads kubeadm's, the hard way's or your own files, and writes the answers that go on with them."},
						{ModeHistory, "history and undo", "What was done to it and when; goes back to before a run, keys included."},
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
	case ModeRenew, ModeAdopt, ModeVerify, ModeInspect, ModeHistory:
		return false
	}
	return true
}

// Dir is the directory of the answers. A leading "~/" stands for the home directory, as
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
