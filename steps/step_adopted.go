package steps

import (
	"strings"

	"certwright/pkigen/cluster/adoption"
)

// adoptedStep is about what only a directory has that was made elsewhere. Its
// answers are read off the files by certwright adopt, and corrected here.
func adoptedStep() Step {
	return Step{
		Key:   "adopted",
		Title: "Adopted",
		Intro: "What lies in the directory, one certificate a line",
		When:  func(a *Answers) bool { return Making(a) && isAdopted(a) },
		Questions: []Field{
			{
				Key: adoption.OnNodesKey, Label: "Where this directory lies on its nodes", Optional: true,
				Example: "/etc/kubernetes",
			},
			{
				Key: adoption.StaticPodsKey, Label: "Control plane runs as static pods", Kind: Choice,
				Default: fixed(no), Options: staticPodOptions,
			},
			{
				Key: adoption.CertificatesKey, Label: "Certificates of an adopted directory",
				Kind: Lines, Form: lineList,
				Example: "ca role=ca cert=pki/ca.crt key=pki/ca.key CN=kubernetes",
			},
		},
	}
}

// isAdopted reports whether the directory was made elsewhere.
func isAdopted(a *Answers) bool { return a.Get("layout") == adoption.Layout }

// making reports whether a set is made by the questions, and not adopted.
func making(a *Answers) bool { return Making(a) && !isAdopted(a) }

// used makes the condition of a question that an adopted directory has only where
// the names of one of its certificates follow from the answer.
func used(word string) func(*Answers) bool {
	return func(a *Answers) bool {
		return !isAdopted(a) || strings.Contains(a.Get(adoption.CertificatesKey), word)
	}
}

func staticPodOptions(*Answers) []Option {
	return []Option{
		{no, "no: units of systemd, or the like", "They are restarted by systemctl."},
		{yes, "yes: the kubelet starts them, as kubeadm has it", "They are restarted by taking their manifest away for a while."},
	}
}
