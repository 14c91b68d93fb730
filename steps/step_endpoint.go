package steps

import (
	"net"
	"strconv"
	"strings"
	"time"

	"certwright/pkigen/cluster/spec"
)

func endpointStep() Step {
	return Step{
		Key:   "endpoint",
		Title: "API endpoint",
		Intro: "What clients of the API dial, beside the nodes themselves",
		When:  changeable,
		Questions: []Field{
			{
				Key: endpointKey, Label: "Load balancer or VIP", Optional: true,
				Example: "kube-api.wangk8s-master.com:6443",
				Means: func(c *spec.Cluster, _ time.Time) string {
					if c.Endpoint.Host.IsZero() {
						return ""
					}
					return "clients dial https://" + net.JoinHostPort(c.Endpoint.Host.String(), strconv.Itoa(c.Endpoint.Port))
				},
			},
			{
				Key: namesKey, Label: "Further names, and addresses for growth",
				Kind: Lines, Form: lineList, Optional: true,
				Example: "192.168.214.210",
				Means: func(c *spec.Cluster, _ time.Time) string {
					return countHosts(c.SANs)
				},
			},
		},
		Shows: shows(servesAPI),
	}
}

// countHosts says how many of which kind: "2 names · 1 address".
func countHosts(hosts []spec.Host) string {
	var names, addresses int
	for _, h := range hosts {
		if h.Addr.IsValid() {
			addresses++
		} else {
			names++
		}
	}
	var parts []string
	if names > 0 {
		parts = append(parts, spec.Count(names, "name", "names"))
	}
	if addresses > 0 {
		parts = append(parts, spec.Count(addresses, "address", "addresses"))
	}
	return strings.Join(parts, " · ")
}
