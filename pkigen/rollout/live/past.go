package live

import (
	"crypto/sha256"
	"crypto/x509"
	"path"
	"slices"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
)

// past is what former runs on a directory have left in its backups: the certificates that
// they replaced, and when each file was written last.
type past struct {
	certs   map[[sha256.Size]byte]replaced
	written map[string]time.Time // by path below the directory
}

// replaced is a certificate that a run has put another one in place of.
type replaced struct {
	run  string
	at   time.Time
	path string
}

// mostRuns is how many runs are looked at, the last ones: what is older is still known by
// its dates.
const mostRuns = 20

// readPast reads the backups of a directory. One that cannot be read says nothing.
func readPast(dir string) *past {
	p := &past{certs: map[[sha256.Size]byte]replaced{}, written: map[string]time.Time{}}
	runs, err := history.List(dir)
	if err != nil {
		return p
	}
	for _, r := range runs[:min(len(runs), mostRuns)] {
		if r.Manifest != nil {
			p.read(r)
		}
	}
	return p
}

func (p *past) read(r *history.Run) {
	backup, err := store.Backup(r.Folder)
	if err != nil {
		return
	}
	defer backup.Close()
	for i := range r.Manifest.Files {
		f := &r.Manifest.Files[i]
		if f.After != nil && (f.Before == nil || f.Before.SHA256 != f.After.SHA256) && p.written[f.Path].IsZero() {
			p.written[f.Path] = r.Time
		}
		if f.Before == nil || f.After != nil && f.Before.SHA256 == f.After.SHA256 || !slices.Contains([]string{".crt", ".pem", ".conf"}, path.Ext(f.Path)) {
			continue
		}
		if data, err := backup.ReadFile(f.Path); err == nil {
			p.keep(data, replaced{r.Name(), r.Time, f.Path})
		}
	}
}

// keep notes the certificates of a file as it was.
func (p *past) keep(data []byte, by replaced) {
	certs, _ := pkey.Certificates(data)
	if path.Ext(by.path) == ".conf" {
		if c, err := kubeconfig.Parse(data); err == nil {
			certs, _ = pkey.Certificates(c.Cert)
		}
	}
	for _, c := range certs {
		sum := sha256.Sum256(c.Raw)
		if _, later := p.certs[sum]; !later {
			p.certs[sum] = by
		}
	}
}

// of is the run that has replaced a certificate.
func (p *past) of(c *x509.Certificate) (replaced, bool) {
	if p == nil {
		return replaced{}, false
	}
	r, ok := p.certs[sha256.Sum256(c.Raw)]
	return r, ok
}

// when is when a file was written by a run; zero where no run is known that did.
func (p *past) when(file string) time.Time {
	if p == nil {
		return time.Time{}
	}
	return p.written[file]
}
