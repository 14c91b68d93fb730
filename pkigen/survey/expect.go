package survey

import (
	"path"
	"strings"

	"certwright/pkigen/reading/programs"
	"certwright/pkigen/role"
)

// expect adds what must be there by the well-known names that are: the other half
// of a pair, the API server's own pair beside those that it shows to others, and
// the CA by which all are checked.
func (g *guess) expect() {
	seen := map[string]map[string]*Seat{} // by folder and role
	for _, seat := range g.site.Seats {
		if seat.Role.Kind == role.Authority && seat.Cert.Path == "" && seat.Key.Path != "" {
			seat.Cert = g.site.place(certBeside(seat.Key.Path), "") // its key alone is no CA
		}
		if seat.By != ByName || seat.Role.Kind != role.Leaf || seat.Config.Path != "" {
			continue
		}
		g.otherHalf(seat)
		folder := path.Dir(seat.Cert.Path)
		if seen[folder] == nil {
			seen[folder] = map[string]*Seat{}
		}
		seen[folder][seat.Role.Name] = seat
	}
	for folder, roles := range seen {
		g.apiserver(folder, roles)
		g.authority(folder, roles)
	}
}

// otherHalf expects a key beside its certificate, and the other way round.
func (g *guess) otherHalf(seat *Seat) {
	switch {
	case seat.Key.Path == "" && seat.Cert.Path != "":
		seat.Key = g.site.place(stem(seat.Cert.Path)+".key", "")
	case seat.Cert.Path == "" && seat.Key.Path != "":
		seat.Cert = g.site.place(certBeside(seat.Key.Path), "")
	}
}

// apart finds the folder of a distribution with a CA for servers and another for
// clients (https://docs.k3s.io/cli/certificate#certificate-authority-ca-certificates).
func (g *guess) apart() {
	for _, f := range g.live {
		if path.Base(f.Path) != "server-ca.crt" {
			continue
		}
		other := g.site.Survey.File(path.Join(path.Dir(f.Path), "client-ca.crt"))
		if other == nil || other.Sum == f.Sum {
			continue
		}
		g.site.Apart = path.Dir(f.Path)
		return
	}
}

// certBeside is the name of the certificate that goes with a key, by the names of
// kubeadm and of cfssl.
func certBeside(key string) string {
	if p, ok := strings.CutSuffix(key, "-key.pem"); ok {
		return p + ".pem"
	}
	return stem(key) + ".crt"
}

func stem(p string) string { return strings.TrimSuffix(p, path.Ext(p)) }

// apiserver expects its serving pair where there are two of those that only
// kube-apiserver shows.
func (g *guess) apiserver(folder string, roles map[string]*Seat) {
	var beside []*Seat
	for _, name := range []string{"apiserver-kubelet-client", "apiserver-etcd-client", "front-proxy-client"} {
		if roles[name] != nil {
			beside = append(beside, roles[name])
		}
	}
	if len(beside) < 2 || g.seats[beside[0].Machine+"\x00apiserver"] != nil {
		return
	}
	seat := g.seatAt(beside[0].Machine, programs.FindRole("apiserver"), ByName)
	seat.Cert = g.site.place(path.Join(folder, "apiserver.crt"), "")
	seat.Key = g.site.place(path.Join(folder, "apiserver.key"), "")
}

// authority expects the Kubernetes CA beside what it has to have signed, where
// no CA at all is there for it.
func (g *guess) authority(folder string, roles map[string]*Seat) {
	if len(g.site.CAs(role.Kubernetes)) > 0 {
		return
	}
	for _, seat := range roles {
		if seat.Role.Domain == role.Kubernetes {
			ca := g.seatAt(seat.Machine, programs.FindRole("ca"), ByName)
			ca.Cert = g.site.place(path.Join(folder, "ca.crt"), "")
			return
		}
	}
}
