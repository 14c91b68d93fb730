package rehearse

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// smallestRSA is the smallest RSA key that Go signs with and checks
// (crypto/rsa, checkKeySize).
const smallestRSA = 1024

// weak tells a key that Go's TLS refuses.
func weak(c *x509.Certificate) bool {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() < smallestRSA
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize < 256
	}
	return false
}

// file is the file of a part.
func (s *Side) file(p part) File {
	return map[part]File{certPart: s.Cert, keyPart: s.Key, caPart: s.CA, headerPart: s.HeaderCA, publicPart: s.Public,
		configPart: s.Config, tokenPart: s.Token}[p]
}

// loadReason is why a side cannot use its files.
func loadReason(side *Side, end *stop) reason {
	f := side.file(end.part)
	var config *configError
	var halt *Halt
	var size *pkey.SizeError
	switch {
	case errors.As(end.err, &size) && pkey.CheckPEM(f.Data) == nil && end.part == certPart: // of a pair it is the key
		return because(scan.HugeKey, side.Key.Path, "the file "+size.Error(), size.Error())
	case errors.As(end.err, &size):
		return because(scan.HugeKey, f.Path, "the file "+size.Error(), size.Error())
	case errors.As(end.err, &halt):
		why := because(halt.Check, halt.File, halt.Cause, halt.Args...)
		why.by = halt.By
		return why
	case errors.Is(end.err, errOverlap):
		return because(findings.FrontProxyShared, f.Path, "one CA signs ordinary clients and the front proxy, and no name is set apart: everybody could be anybody")
	case errors.As(end.err, &config):
		return because(scan.ConfigBroken, side.Config.Path, "the kubeconfig cannot be used: "+config.err.Error(), config.err.Error())
	case end.part == configPart, side.Config.told() && end.part == caPart:
		return because(scan.ConfigBroken, side.Config.Path, "the kubeconfig cannot be used: "+end.err.Error(), end.err.Error())
	case end.missing() && side.Config.told() && f.Path != side.Config.Path:
		why := because(findings.KubeconfigPathMissing, side.Config.Path, "the kubeconfig names a file that is not there", f.Told)
		why.by = f.Path
		return why
	case end.missing() && end.part == keyPart:
		return because(findings.KeyMissing, f.Path, "the private key is missing", side.Program)
	case end.missing():
		return because(findings.CertMissing, f.Path, "the file is missing", side.Program)
	case end.part == publicPart, end.part == keyPart:
		return accountReason(f)
	case end.part == certPart:
		return pairReason(side, end.err)
	}
	return bundleReason(f)
}

// blocks are the types of the PEM blocks of a file, and whether one is encrypted.
func blocks(data []byte) (types []string, encrypted bool) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		types = append(types, block.Type)
		if pkey.Encrypted(block) {
			encrypted = true
		}
	}
	return types, encrypted
}

func isKey(blockType string) bool { return strings.HasSuffix(blockType, "PRIVATE KEY") }

// pairReason looks at what the two files of a pair are, where crypto/tls
// refuses them.
func pairReason(side *Side, err error) reason {
	cert, key := side.Cert, side.Key
	certTypes, _ := blocks(cert.Data)
	keyTypes, encrypted := blocks(key.Data)
	text := err.Error()
	switch {
	case slices.Contains(certTypes, "CERTIFICATE REQUEST") && !slices.Contains(certTypes, certificateBlock):
		return because(findings.RequestForCert, cert.Path, "the file is a certificate request, and no certificate: a CA has yet to sign it")
	case !slices.Contains(certTypes, certificateBlock) && slices.ContainsFunc(certTypes, isKey):
		return because(findings.SwappedFiles, cert.Path, "the file of the certificate holds a private key: the two files are swapped", "private key", "certificate")
	case !slices.Contains(certTypes, certificateBlock):
		return because(scan.PEMBroken, cert.Path, "the file holds no certificate in PEM"+instead(cert.Data), "no certificate in it")
	case slices.Contains(keyTypes, certificateBlock) && !slices.ContainsFunc(keyTypes, isKey):
		return because(findings.SwappedFiles, key.Path, "the file of the private key holds a certificate", "certificate", "private key")
	case encrypted:
		return because(scan.KeyEncrypted, key.Path, "the private key is locked with a passphrase, and no component can ask for it")
	case !slices.ContainsFunc(keyTypes, isKey):
		return because(scan.PEMBroken, key.Path, "the file holds no private key in PEM"+instead(key.Data), "no private key in it")
	case strings.Contains(text, "does not match public key") && behind(cert.Data, key.Data):
		return because(findings.CertOrder, cert.Path, "the certificate of this key stands behind another one: programs take the first for their own")
	case strings.Contains(text, "does not match public key"):
		return because(findings.KeyMismatch, key.Path, "the private key is not that of the certificate: the two are of different runs", cert.Path)
	case strings.Contains(text, "keys are insecure"):
		return because(findings.WeakKey, cert.Path, "the key is too small to be used", bitsIn(cert.Data))
	}
	if certs, err := parseBundle(cert.Data); err != nil || len(certs) == 0 {
		return because(scan.PEMBroken, cert.Path, "the certificate is damaged", "its certificate cannot be read")
	}
	return because(scan.PEMBroken, key.Path, "the private key is damaged, or of a kind that cannot be used", "its private key cannot be read")
}

// instead says what a file without PEM is.
func instead(data []byte) string {
	switch {
	case len(data) == 0:
		return ": it is empty"
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		return ": it is JSON, as cfssl prints it; cfssljson makes files of it"
	}
	return ""
}

// bundleReason looks at what stands in place of a file of CAs.
func bundleReason(f File) reason {
	types, _ := blocks(f.Data)
	switch {
	case slices.Contains(types, certificateBlock) && !slices.ContainsFunc(types, isKey):
		return because(scan.PEMBroken, f.Path, "a certificate of the CA file is damaged", "a certificate in it cannot be read")
	case slices.ContainsFunc(types, isKey):
		return because(findings.SwappedFiles, f.Path, "the CA file holds a private key", "private key", "certificate")
	case slices.Contains(types, "CERTIFICATE REQUEST"):
		return because(findings.RequestForCert, f.Path, "the CA file is a certificate request, and no certificate")
	}
	return because(scan.PEMBroken, f.Path, "the CA file holds no certificate in PEM"+instead(f.Data), "no certificate in it")
}

// accountReason looks at what stands in place of a key of service accounts.
func accountReason(f File) reason {
	types, encrypted := blocks(f.Data)
	switch {
	case encrypted:
		return because(scan.KeyEncrypted, f.Path, "the key is locked with a passphrase, and no component can ask for it")
	case len(types) == 0:
		return because(scan.PEMBroken, f.Path, "the file holds no key in PEM"+instead(f.Data), "no key in it")
	}
	return because(findings.SAKind, f.Path, fmt.Sprintf("the file holds %q of a form or kind that kube-apiserver does not load for tokens", types), fmt.Sprintf("its PEM is %q", types))
}

// behind reports whether the certificate of a key is in a file, and not the first.
func behind(cert, key []byte) bool {
	certs, err := parseBundle(cert)
	if err != nil || len(certs) < 2 {
		return false
	}
	for _, c := range certs[1:] {
		one := pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: c.Raw})
		if _, err := tls.X509KeyPair(one, key); err == nil {
			return true
		}
	}
	return false
}

// bitsIn is the size of the first certificate's RSA key.
func bitsIn(cert []byte) int {
	certs, err := parseBundle(cert)
	if err != nil {
		return 0
	}
	return bits(certs[0])
}
