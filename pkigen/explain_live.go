package pkigen

import (
	"slices"

	"certwright/pkigen/judging/explain"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/rollout/live"
	"certwright/pkigen/rollout/symptom"
)

// leadsTo are the checks of causes for which something speaks that a look at the running
// cluster has found. A process on an old certificate or an old CA is seen in no file: it
// leads to whatever that one lacks.
var leadsTo = map[symptom.Code][]string{
	symptom.OverDate:      {findings.Expired},
	symptom.NotYet:        {findings.NotYetValid},
	symptom.WrongClock:    {findings.NotYetValid, findings.Expired},
	symptom.ForeignCA:     {findings.UnknownSigner},
	symptom.TwoCAs:        {findings.TwoCAsOneName, findings.UnknownSigner},
	symptom.SelfMade:      {findings.SANNone, findings.UnknownSigner},
	symptom.WrongName:     {findings.SANMissing},
	symptom.EarlierServed: {findings.Expired, findings.UnknownSigner, findings.SANMissing},
	symptom.OlderServed:   {findings.Expired, findings.UnknownSigner, findings.SANMissing},
	symptom.TrustsFew:     {findings.UnknownSigner},
	symptom.ProbeRefused:  {findings.UnknownSigner},
	symptom.OwnRefused:    {findings.UnknownSigner, findings.Expired},
	symptom.StartedBefore: {findings.UnknownSigner, findings.Expired, findings.SAMismatch},
	symptom.NotRestarted:  {findings.UnknownSigner, findings.Expired, findings.SAMismatch},
	symptom.ConfigRefused: {findings.UnknownSigner, findings.Expired, findings.KubeconfigCertStale},
	symptom.OldKeys:       {findings.SAMismatch, findings.SADiffers},
	symptom.OldSigner:     {findings.SAMismatch, findings.SADiffers},
	symptom.LetsAnybodyIn: {findings.EtcdAuth, findings.EtcdOpen},
}

// WeighLive holds the errors against a look at the running cluster, which speaks before
// any file, and reports how many things in it lead to them.
func (x *Explained) WeighLive(v *live.View) int {
	n := 0
	for i := range x.found {
		found := behindLive(v, x.found[i].Causes())
		n += len(found)
		x.Matches[i].Weigh(append(found, x.Matches[i].Findings...))
	}
	return n
}

// behindLive is what of a look leads to one of these causes.
func behindLive(v *live.View, causes []explain.Cause) []explain.Finding {
	var out []explain.Finding
	for i := range v.Findings {
		f := &v.Findings[i]
		for _, check := range leadsTo[f.Code] {
			if slices.ContainsFunc(causes, func(c explain.Cause) bool { return string(c.Check) == check }) {
				out = append(out, explain.Finding{Check: explain.CheckID(check), File: f.Program + " on " + f.Node, What: f.What(), Fix: f.Next(), Command: f.Command})
				break
			}
		}
	}
	return out
}
