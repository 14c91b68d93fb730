package lab

import (
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/issued"
	"certwright/pkigen/cluster/render"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/survey"
)

// revokedFaults are certificates that were revoked since somebody else had their keys, and
// that are in use all the same.
var revokedFaults = []Fault{
	{check: findings.Revoked, word: "user", Level: Medium, Layouts: inTrees, When: revocable, Needs: "the answer revocation: ready",
		Title: "a key was stolen and its certificate revoked, and the node that it belongs to still uses it",
		plant: func(g *ground) error { return g.revoke(all(user, onNode)) }},
	{check: findings.Revoked, word: "etcd", Level: Hard, Layouts: inTrees, When: revocable, Needs: "the answer revocation: ready",
		Title: "the certificate by which kube-apiserver dials etcd is on the list of revoked ones that etcd reads",
		plant: func(g *ground) error {
			return g.revoke(func(s *survey.Seat) bool { return isLeaf(s) && s.Entry.Name == id.APIServerEtcdClient })
		}},
}

func revocable(c *spec.Cluster) bool { return c.Revocation }

// revoke writes a certificate into the record and the lists, and leaves it in use.
func (g *ground) revoke(fits func(*survey.Seat) bool) error {
	seat, err := g.pick(fits)
	if err != nil {
		return err
	}
	l, c := g.site.Layout, g.site.Cluster
	file := l.Revocation(c).Record
	text, err := g.read(file)
	if err != nil {
		return err
	}
	record, err := issued.Parse(text)
	if err != nil {
		return err
	}
	record.Revoke(g.now, issued.Of(name(seat), seat.Want.Signer, seat.Leaf()))
	if err := g.write(file, record.Text(), publicMode); err != nil {
		return err
	}
	certs := l.Certificates(c)
	from := func(name string, part catalog.Part) []byte {
		if part == render.Revoked {
			return record.Text()
		}
		for i := range certs {
			if certs[i].Name == name {
				text, _ := g.read(certs[i].Place(part))
				return text
			}
		}
		return nil
	}
	for _, t := range render.TextsOf(l, c, certs) {
		if t.Part != render.Revoked {
			continue
		}
		data, err := t.Render(from, nil)
		if err == nil {
			err = g.write(t.Path, data, publicMode)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
