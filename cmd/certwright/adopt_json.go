package main

import (
	"slices"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/making/plan"
	"certwright/tui/text"
)

// adoptReport is what adopt --format json prints, also where it is not done.
// Fields are only ever added to it.
type adoptReport struct {
	Dir          string               `json:"dir"`
	Layout       string               `json:"layout"`
	Certificates []adoptedCertificate `json:"certificates"`
	Left         any                  `json:"left"` // of these three the backend has the fields
	Answers      any                  `json:"answers"`
	Questions    any                  `json:"questions"`
	Notes        []string             `json:"notes,omitempty"`
	Problems     []problem.Problem    `json:"problems"`
	Changes      []reportFile         `json:"changes"` // what the next run would write, renewal or not
	File         string               `json:"file"`
	Written      bool                 `json:"written"`
	Error        *reportError         `json:"error,omitempty"`
}

// adoptedCertificate is one CA, certificate or key pair that was recognised.
type adoptedCertificate struct {
	Name   string   `json:"name"` // as the other commands take it
	Roles  []string `json:"roles"`
	Signer string   `json:"signer,omitempty"` // "" for a CA and a key pair
	Files  []string `json:"files"`
	By     string   `json:"by"` // how it was recognised
}

func newAdoptReport(v *text.AdoptionView, failed *reportError) *adoptReport {
	none := []string{}
	r := &adoptReport{Dir: v.Dir, Layout: catalog.Adopted().Name, File: v.File, Written: v.Written, Error: failed, Certificates: []adoptedCertificate{},
		Left: none, Answers: none, Questions: none, Problems: []problem.Problem{}, Changes: []reportFile{}}
	r.Problems = append(r.Problems, v.Problems...)
	if v.Article {
		r.Layout = "article"
	}
	if v.Plan != nil {
		for _, a := range v.Plan.Files {
			if (a.Verb != plan.Keep || a.FixMode) && a.Path != plan.AnswersFile {
				r.Changes = append(r.Changes, newReportFile(&a))
			}
		}
	}
	if v.Proposal == nil {
		return r
	}
	for i := range v.Taken {
		a := &v.Taken[i]
		r.Certificates = append(r.Certificates, adoptedCertificate{text.AdoptedName(&a.Adopted), a.Roles, a.Signer,
			slices.Concat(a.Certs, a.Keys, a.Publics, a.Configs), a.By})
	}
	r.Left, r.Answers, r.Questions, r.Notes = whole(v.Left), whole(v.Answers), whole(v.Questions), v.Notes
	return r
}

// whole is a list that JSON writes as one, also where it is empty.
func whole[T any](list []T) []T { return append([]T{}, list...) }
