package lab

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/kubeconfig"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/survey"
)

var fileFaults = []Fault{
	{check: scan.Empty, Level: Easy, Layouts: everywhere,
		Title: "a certificate, key or kubeconfig is empty", plant: emptied},
	{check: scan.Unreadable, Level: Easy, Layouts: everywhere,
		Title: "nobody but root may read a certificate (cannot be planted or marked as root)", plant: closed},
	{check: scan.LinkDangling, Level: Easy, Layouts: everywhere,
		Title: "in place of a certificate lies a link to a file that was not copied",
		plant: func(g *ground) error { return g.linked("../ssl/") }},
	{check: scan.LinkLoop, Level: Medium, Layouts: everywhere,
		Title: "in place of a certificate lies a link to itself", plant: func(g *ground) error { return g.linked("") }},
	{check: scan.TooLarge, Level: Easy, Layouts: everywhere,
		Title: "a core dump lies among the certificates", plant: dumped},
	{check: scan.PEMBroken, Level: Easy, Layouts: everywhere,
		Title: "a certificate was cut off in the middle",
		plant: func(g *ground) error { return g.certText(func(b []byte) []byte { return b[:len(b)*2/3] }) }},
	{check: scan.PEMBroken, word: "base64", Level: Medium, Layouts: everywhere,
		Title: "a line of a certificate has letters that base64 does not know",
		plant: func(g *ground) error {
			return g.certText(func(b []byte) []byte {
				lines := bytes.Split(b, []byte("\n"))
				lines[2] = append([]byte("**"), lines[2][2:]...)
				return bytes.Join(lines, []byte("\n"))
			})
		}},
	{check: scan.PEMAccident, Level: Medium, Layouts: everywhere,
		Title: "the lines of a certificate end as on Windows",
		plant: func(g *ground) error {
			return g.certText(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) })
		}},
	{check: scan.PEMAccident, word: "bom", Level: Hard, Layouts: everywhere,
		Title: "a certificate begins with a byte order mark, which no editor shows",
		plant: func(g *ground) error {
			return g.certText(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) })
		}},
	{check: scan.CFSSLJSON, Level: Medium, Layouts: everywhere,
		Title: "the output of cfssl sign was not split into files", plant: unsplit},
	{check: scan.KeyEncrypted, Level: Medium, Layouts: everywhere,
		Title: "a private key is behind the passphrase " + Passphrase, plant: encrypted},
}

// Passphrase is that of keys which a fault encrypts. Each task sheet names it, so
// that it says nothing.
const Passphrase = "kubernetes"

func emptied(g *ground) error {
	seat, err := g.pick(isLeaf)
	if err != nil {
		return err
	}
	p := seat.Cert.Path
	if seat.Key.File != nil && g.rng.IntN(2) == 1 {
		p = seat.Key.Path
	}
	return g.write(p, nil, secretMode)
}

func closed(g *ground) error {
	if os.Geteuid() == 0 {
		return errors.New("root may read every file: plant and mark this fault as an ordinary user")
	}
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	return os.Chmod(g.file(seat.Cert.Path), 0)
}

// linked puts a link in place of a certificate, to its own name in a folder.
func (g *ground) linked(folder string) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	name := g.file(seat.Cert.Path)
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink(folder+base(seat.Cert.Path), name)
}

func base(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }

func folder(p string) string { return p[:strings.LastIndexByte(p, '/')+1] }

func dumped(g *ground) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	data := make([]byte, 1<<20+1<<18)
	copy(data, "\x7fELF\x02\x01\x01")
	return g.write(folder(seat.Cert.Path)+"core", data, secretMode)
}

// certText changes the text of one certificate file.
func (g *ground) certText(change func([]byte) []byte) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	return g.alter(seat.Cert.Path, change)
}

// unsplit leaves a certificate as cfssl sign prints it.
func unsplit(g *ground) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	cert, err := g.read(seat.Cert.Path)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]string{"cert": string(cert)})
	if err != nil {
		return err
	}
	return g.write(seat.Cert.Path, append(data, '\n'), publicMode)
}

// encrypted writes the form that openssl ec -aes256 and openssl rsa -traditional
// -aes256 write.
func encrypted(g *ground) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	data, err := g.read(seat.Key.Path)
	if err != nil {
		return err
	}
	plain, _ := pem.Decode(data)
	if plain == nil {
		return errors.New("no PEM block in the key")
	}
	//lint:ignore SA1019 no key is to be kept secret by it: a student has to meet the form
	block, err := x509.EncryptPEMBlock(rand.Reader, plain.Type, plain.Bytes, []byte(Passphrase), x509.PEMCipherAES256)
	if err != nil {
		return err
	}
	return g.write(seat.Key.Path, pem.EncodeToMemory(block), secretMode)
}

var placeFaults = []Fault{
	{check: findings.CertMissing, Level: Easy, Layouts: everywhere,
		Title: "a certificate was not copied", plant: func(g *ground) error {
			return g.onFiles(func(s *survey.Seat) error { return os.Remove(g.file(s.Cert.Path)) })
		}},
	{check: findings.KeyMissing, Level: Easy, Layouts: everywhere,
		Title: "a private key was not copied", plant: func(g *ground) error {
			return g.onFiles(func(s *survey.Seat) error { return os.Remove(g.file(s.Key.Path)) })
		}},
	{check: findings.RequestForCert, Level: Easy, Layouts: everywhere,
		Title: "the request lies where the certificate belongs", plant: func(g *ground) error {
			return g.onFiles(func(s *survey.Seat) error {
				csr, err := g.read(s.Want.Place(catalog.CSR))
				if err != nil {
					return err
				}
				return g.write(s.Cert.Path, csr, publicMode)
			})
		}},
	{check: findings.SwappedFiles, Level: Easy, Layouts: everywhere,
		Title: "certificate and key have each other's names", plant: func(g *ground) error {
			return g.onFiles(func(s *survey.Seat) error {
				cert, key := g.file(s.Cert.Path), g.file(s.Key.Path)
				return errors.Join(os.Rename(cert, cert+"~"), os.Rename(key, cert), os.Rename(cert+"~", key))
			})
		}},
	{check: findings.KeyMismatch, Level: Easy, Layouts: everywhere,
		Title: "the private key is that of another certificate", plant: func(g *ground) error {
			return g.onFiles(func(s *survey.Seat) error {
				_, text, err := g.freshKey(s)
				if err != nil {
					return err
				}
				return g.write(s.Key.Path, text, secretMode)
			})
		}},
	{check: check.ModeOpen, Level: Easy, Layouts: everywhere,
		Title: "everybody may read a private key or a kubeconfig", plant: func(g *ground) error {
			seat, err := g.pick(func(s *survey.Seat) bool { return isLeaf(s) && s.Key.File != nil })
			if err != nil {
				return err
			}
			return os.Chmod(g.file(seat.Key.Path), publicMode)
		}},
	{check: check.FolderWritable, Level: Medium, Layouts: inTrees,
		Title: "everybody may write into the folder of a certificate", plant: func(g *ground) error {
			seat, err := g.pick(func(s *survey.Seat) bool { return isLeaf(s) && s.Cert.File != nil })
			if err != nil {
				return err
			}
			return os.Chmod(filepath.Dir(g.file(seat.Cert.Path)), 0o777)
		}},
	{check: check.CAKeyHere, Level: Medium, Layouts: inTrees,
		Title: "the key of a CA lies on a node that signs nothing", plant: caKeyOnNode},
}

// onFiles does something to one place of a certificate that has files.
func (g *ground) onFiles(do func(*survey.Seat) error) error {
	seat, err := g.pick(hasFiles)
	if err != nil {
		return err
	}
	return do(seat)
}

func caKeyOnNode(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return s.Entry.Kind == catalog.Authority && onNode(s) && s.Key.Path == "" })
	if err != nil {
		return err
	}
	holder := g.seatOf(domainOf(g.site, seat.Entry.Name))
	if holder == nil {
		return errNoPlace
	}
	key, err := g.read(holder.Key.Path)
	if err != nil {
		return err
	}
	return g.write(strings.TrimSuffix(seat.Cert.Path, ".crt")+".key", key, secretMode)
}

// domainOf is a domain that a CA serves.
func domainOf(site *survey.Site, ca string) catalog.Domain {
	for d, name := range site.Layout.CAs {
		if name == ca && d != catalog.Kubernetes {
			return d
		}
	}
	return catalog.Kubernetes
}

var configFaults = []Fault{
	{check: scan.ConfigScheme, Level: Easy, Layouts: inTrees,
		Title: "a kubeconfig dials http instead of https", plant: func(g *ground) error {
			return g.configText("server: https://", "server: http://")
		}},
	{check: scan.ConfigBroken, Level: Medium, Layouts: inTrees,
		Title: "the current context of a kubeconfig does not exist", plant: func(g *ground) error {
			return g.configText("current-context: ", "current-context: default-")
		}},
	{check: findings.KubeconfigPathMissing, Level: Medium, Layouts: inTrees,
		Title: "a kubeconfig names a certificate by a path where nothing lies", plant: pointAway},
	{check: findings.KubeconfigCAStale, Level: Hard, Layouts: inTrees, When: embeds, Needs: "embedded kubeconfigs",
		Title: "a kubeconfig trusts an older CA of the same name", plant: staleConfigCA},
	{check: findings.KubeconfigCertStale, Level: Hard, Layouts: inTrees, When: embeds, Needs: "embedded kubeconfigs",
		Title: "a certificate was renewed in a file, but the kubeconfig still holds the old one", plant: staleConfigCert},
	{check: scan.TokenForm, Level: Medium, Layouts: inTrees, When: bootstraps, Needs: "a bootstrap token",
		Title: "the bootstrap token has lost its form", plant: tokenForm},
	{check: findings.TokenMismatch, Level: Hard, Layouts: inTrees, When: bootstraps, Needs: "a bootstrap token",
		Title: "a kubelet has another bootstrap token than the API server", plant: otherToken},
}

// isKubeconfig fits every kubeconfig of the layout.
func isKubeconfig(s *survey.Seat) bool { return s.Config.File != nil && s.Config.File.Config != nil }

// configText changes a word in the text of a kubeconfig.
func (g *ground) configText(old, new string) error {
	seat, err := g.pick(isKubeconfig)
	if err != nil {
		return err
	}
	return g.alter(seat.Config.Path, func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) })
}

// pointAway names a certificate by a path, as if it had been handed out that way.
func pointAway(g *ground) error {
	seat, err := g.pick(func(s *survey.Seat) bool { return isKubeconfig(s) && s.Entry.Kind == catalog.Leaf })
	if err != nil {
		return err
	}
	return g.config(seat.Config.Path, func(c *kubeconfig.Config) {
		stem := components.Folder + "/ssl/" + strings.TrimSuffix(base(seat.Config.Path), ".conf")
		c.Cert, c.Key = nil, nil
		c.CertFile, c.KeyFile = stem+".pem", stem+"-key.pem"
	})
}

func staleConfigCA(g *ground) error {
	seat, err := g.pick(isConfig)
	if err != nil {
		return err
	}
	ca, err := g.authority(seat)
	if err != nil {
		return err
	}
	other, err := root(ca.cert, nil)
	if err != nil {
		return err
	}
	return g.config(seat.Config.Path, func(c *kubeconfig.Config) { c.CA = certPEM(other.cert.Raw) })
}

// staleConfigCert lays a newer certificate beside a kubeconfig.
func staleConfigCert(g *ground) error {
	seat, err := g.pick(isConfig)
	if err != nil {
		return err
	}
	key, text, err := g.freshKey(seat)
	if err != nil {
		return err
	}
	later := g.now.Sub(seat.Leaf().NotBefore) / 2
	cert, err := g.sign(order{seat: seat, key: key.Public(), change: func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = c.NotBefore.Add(later), c.NotAfter.Add(later)
	}})
	if err != nil {
		return err
	}
	stem := strings.TrimSuffix(seat.Config.Path, ".conf")
	return errors.Join(g.write(stem+".crt", cert, publicMode), g.write(stem+".key", text, secretMode))
}
