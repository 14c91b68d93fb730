package live

import (
	"crypto/x509"
	"path"
	"slices"
	"time"

	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/history"
	"certwright/pkigen/making/store"
)

// past is what former runs on a directory have left in its backups: which files they
// replaced, and when each was written last.
type past struct {
	written  map[string]time.Time      // by path below the directory
	replaced map[string][]*history.Run // the runs that replaced a file, the last one first
}

// mostRuns is how many runs are looked at, the last ones: what is older is still known by
// its dates.
const mostRuns = 20

// readPast reads what the backups of a directory say. One that cannot be read says nothing.
func readPast(dir string) *past {
	p := &past{written: map[string]time.Time{}, replaced: map[string][]*history.Run{}}
	runs, err := history.List(dir)
	if err != nil {
		return p
	}
	for _, r := range runs[:min(len(runs), mostRuns)] {
		if r.Manifest == nil {
			continue
		}
		for i := range r.Manifest.Files {
			f := &r.Manifest.Files[i]
			if f.Before != nil && f.After != nil && f.Before.SHA256 == f.After.SHA256 {
				continue
			}
			if f.After != nil && p.written[f.Path].IsZero() {
				p.written[f.Path] = r.Time
			}
			if f.Before != nil {
				p.replaced[f.Path] = append(p.replaced[f.Path], r)
			}
		}
	}
	return p
}

// of is the run that has replaced a certificate in a file; nil for none.
func (p *past) of(c *x509.Certificate, file string) *history.Run {
	for _, r := range p.replaced[file] {
		if slices.ContainsFunc(certificatesOf(r, file), c.Equal) {
			return r
		}
	}
	return nil
}

// certificatesOf are those of a file as it was before a run.
func certificatesOf(r *history.Run, file string) []*x509.Certificate {
	backup, err := store.Backup(r.Folder)
	if err != nil {
		return nil
	}
	defer backup.Close()
	data, err := backup.ReadFile(file)
	if err != nil {
		return nil
	}
	if path.Ext(file) == ".conf" {
		config, err := kubeconfig.Parse(data)
		if err != nil {
			return nil
		}
		data = config.Cert
	}
	certs, _ := pkey.Certificates(data)
	return certs
}

// when is when a file was written by a run; zero where no run is known that did.
func (p *past) when(file string) time.Time { return p.written[file] }
