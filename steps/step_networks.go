package steps

import (
	"strings"
	"time"

	"certwright/pkigen/cluster/adoption"
	"certwright/pkigen/cluster/spec"
)

func networksStep() Step {
	return Step{
		Key:   "networks",
		Title: "Networks",
		Intro: "The cluster's own address ranges and its domain",
		When:  changeable,
		Questions: []Field{
			{
				Key: servicesKey, Label: "Service network", Form: oneOrList,
				Default: fixed("10.96.0.0/12"), Example: "10.254.0.0/16",
				Means: firstService, When: used(adoption.Service),
			},
			{
				Key: "podSubnet", Label: "Pod network", Form: oneOrList, Optional: true,
				Example: "172.30.0.0/16",
				Means: func(c *spec.Cluster, _ time.Time) string {
					if len(c.PodSubnets) == 0 {
						return ""
					}
					return "in no certificate; checked for overlap only"
				},
			},
			{
				Key: "dnsDomain", Label: "Cluster domain",
				Default: fixed("cluster.local"), Example: "cluster.local",
				When: used(adoption.Domain),
				Means: func(c *spec.Cluster, _ time.Time) string {
					if c.DNSDomain == "" {
						return ""
					}
					return "pods dial kubernetes.default.svc." + c.DNSDomain
				},
			},
			{
				Key: "certificatesDir", Label: "Directory on the nodes",
				Default: fixed("/etc/kubernetes/pki"), Example: "/etc/kubernetes/pki",
				When: func(a *Answers) bool { return Making(a) && perNode(a) },
			},
		},
		Shows: shows(servesAPI),
	}
}

// firstService names the address that every pod dials.
func firstService(c *spec.Cluster, _ time.Time) string {
	if len(c.ServiceSubnets) == 0 {
		return ""
	}
	var addrs []string
	for _, p := range c.ServiceSubnets {
		addrs = append(addrs, spec.FirstServiceAddr(p).String())
	}
	return "first service address " + strings.Join(addrs, " and ")
}
