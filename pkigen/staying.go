package pkigen

import "certwright/pkigen/rollout/change"

// Staying is what stays valid of nodes and roles that go with a job; nothing for a
// job that removes nothing. The error is one of reading the directory.
func Staying(job Job) ([]change.Staying, error) {
	if job.Before == nil {
		return nil, nil
	}
	found, err := Plan(Job{Dir: job.Dir, Cluster: job.Before})
	if err != nil {
		return nil, err
	}
	return change.Stays(job.Before, job.Cluster, found), nil
}
