package pkigen

import "certwright/pkigen/rollout/change"

// StillValid is what stays valid of a node or a role that goes, and what shuts it out.
type StillValid = change.Staying

// BreaksError says that a running cluster would not survive a change.
type BreaksError = change.RefusedError

// Staying is what stays valid of nodes and roles that go with a job; nothing for a
// job that removes nothing. The error is one of reading the directory.
func Staying(job Job) ([]StillValid, error) {
	if job.Before == nil {
		return nil, nil
	}
	found, err := Plan(Job{Dir: job.Dir, Cluster: job.Before})
	if err != nil {
		return nil, err
	}
	return change.Stays(job.Before, job.Cluster, found), nil
}
