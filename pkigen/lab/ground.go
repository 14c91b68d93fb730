package lab

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/reading/survey"
	"certwright/pkigen/reading/walk"
)

// ground is a directory while faults are planted in it. Its site is of the right
// directory: what a fault has changed is not seen there.
type ground struct {
	site *survey.Site
	now  time.Time
	rng  *rand.Rand
	// used are the certificates, by name, that a fault has changed or needs as they
	// are: two faults in one would hide each other.
	used map[string]bool
}

// Modes of files that a fault adds; others keep theirs.
const (
	secretMode = 0o600
	publicMode = 0o644
)

// name is the certificate that a seat is one place of.
func name(seat *survey.Seat) string { return seat.Want.Name }

// pick chooses one of the seats that fit and that no fault has used.
func (g *ground) pick(fits func(*survey.Seat) bool) (*survey.Seat, error) {
	seats := g.fitting(fits)
	if len(seats) == 0 {
		return nil, errNoPlace
	}
	// First the certificate, then its place, so that what lies on all nodes is not
	// chosen more often.
	var names []string
	for _, s := range seats {
		if !slices.Contains(names, name(s)) {
			names = append(names, name(s))
		}
	}
	chosen := names[g.rng.IntN(len(names))]
	seats = slices.DeleteFunc(seats, func(s *survey.Seat) bool { return name(s) != chosen })
	g.used[chosen] = true
	return seats[g.rng.IntN(len(seats))], nil
}

func (g *ground) fitting(fits func(*survey.Seat) bool) []*survey.Seat {
	var out []*survey.Seat
	for _, s := range g.site.Seats {
		if !g.used[name(s)] && fits(s) {
			out = append(out, s)
		}
	}
	return out
}

// hasFiles fits what has certificate and key in files of their own.
func hasFiles(s *survey.Seat) bool {
	return s.Entry.Kind == catalog.Leaf && s.Leaf() != nil && s.Cert.Field == "" && s.Key.File != nil
}

func isLeaf(s *survey.Seat) bool { return s.Entry.Kind == catalog.Leaf && s.Leaf() != nil }

// onNode fits what lies on a machine of the cluster, and not with the operator.
func onNode(s *survey.Seat) bool { return survey.Within(s.Machine, catalog.NodesFolder) }

// isConfig fits what is a kubeconfig with its certificate in it.
func isConfig(s *survey.Seat) bool { return isLeaf(s) && s.Cert.Field != "" }

// places are the seats of the same certificate.
func (g *ground) places(seat *survey.Seat) []*survey.Seat {
	var out []*survey.Seat
	for _, s := range g.site.Seats {
		if s.Want == seat.Want {
			out = append(out, s)
		}
	}
	return out
}

func (g *ground) file(p string) string { return filepath.Join(g.site.Root, filepath.FromSlash(p)) }

func (g *ground) read(p string) ([]byte, error) { return walk.ReadFile(g.file(p)) }

// write replaces the bytes of a file and keeps its mode; a new one gets mode.
func (g *ground) write(p string, data []byte, mode fs.FileMode) error {
	if info, err := os.Stat(g.file(p)); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.WriteFile(g.file(p), data, mode); err != nil {
		return err
	}
	return os.Chmod(g.file(p), mode)
}

// alter changes the bytes of a file.
func (g *ground) alter(p string, change func([]byte) []byte) error {
	data, err := g.read(p)
	if err != nil {
		return err
	}
	return g.write(p, change(data), secretMode)
}

// install puts a certificate, and a key unless it is nil, at one place.
func (g *ground) install(seat *survey.Seat, cert, key []byte) error {
	if seat.Cert.Field != "" {
		return g.config(seat.Config.Path, func(c *kubeconfig.Config) {
			c.Cert = cert
			if key != nil {
				c.Key = key
			}
		})
	}
	if err := g.write(seat.Cert.Path, cert, publicMode); err != nil || key == nil || seat.Key.Path == "" {
		return err
	}
	return g.write(seat.Key.Path, key, secretMode)
}

// everywhere puts a certificate, and a key unless it is nil, at all its places.
func (g *ground) everywhere(seat *survey.Seat, cert, key []byte) error {
	for _, s := range g.places(seat) {
		if s.Cert.Path == "" {
			continue // a kubeconfig that names the files
		}
		if err := g.install(s, cert, key); err != nil {
			return err
		}
	}
	return nil
}

// config changes a kubeconfig.
func (g *ground) config(p string, change func(*kubeconfig.Config)) error {
	data, err := g.read(p)
	if err != nil {
		return err
	}
	c, err := kubeconfig.Parse(data)
	if err != nil {
		return err
	}
	change(&c)
	if data, err = kubeconfig.Encode(c); err != nil {
		return err
	}
	return g.write(p, data, secretMode)
}
