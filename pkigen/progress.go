package pkigen

import (
	"context"

	"certwright/pkigen/making/issue"
)

// Event is what becomes of one certificate in a run.
type Event = issue.Event

// The states of an event at which a certificate has come to its end.
const (
	Made   = issue.Done
	Failed = issue.Failed
)

// NewKeys makes keys until the context ends, or they are closed.
func NewKeys(ctx context.Context) *issue.Keys { return issue.NewKeys(ctx) }
