package steps

import (
	"time"

	"certwright/pkigen/cluster/spec"
)

func caStep() Step {
	return Step{
		Key:   "ca",
		Title: "CA subject",
		Intro: "The name of the authority that signs everything",
		When:  making,
		Questions: []Field{
			{
				Key: "clusterName", Label: "Cluster name",
				Default: fixed("kubernetes"), Example: "kubernetes",
			},
			{
				Key: "ca.CN", Label: "Common name (CN)",
				// Not "kubernetes": the article gives that name to the CA and to a
				// leaf, and OpenSSL then takes the leaf for self-signed.
				Default: fixed("kubernetes-ca"), Example: "kubernetes-ca",
				Means: func(c *spec.Cluster, _ time.Time) string {
					if c.CA.Subject.CN == "" {
						return ""
					}
					return "every certificate will read: issued by " + c.CA.Subject.CN
				},
			},
			{Key: "ca.C", Label: "Country (C)", Optional: true, Example: "CN"},
			{Key: "ca.ST", Label: "State (ST)", Optional: true, Example: "BeiJing"},
			{Key: "ca.L", Label: "Locality (L)", Optional: true, Example: "BeiJing"},
			{
				Key: "ca.O", Label: "Organization (O)", Optional: true,
				Default: fixed("k8s"), Example: "k8s",
			},
			{
				Key: "ca.OU", Label: "Unit (OU)", Optional: true,
				Default: fixed("System"), Example: "System",
			},
		},
		// All subjects but the first take their fields from these answers.
		Shows: shows(isAuthority, ofPeople),
	}
}
