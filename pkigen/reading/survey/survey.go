// Package survey says which machine has which file for which role, in a directory
// of which nobody says what it holds: our own sets, kubeadm's /etc/kubernetes, the
// flat files of a tutorial, a mixture. It judges nothing: that is for package check.
package survey

import (
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
)

// What a scan of the files has found, as it is used with what survey says of it.
type (
	Survey = scan.Scan
	File   = scan.File
	Oddity = scan.Oddity
)

// The forms of PEM blocks.
const (
	Certificate = scan.Certificate
	PrivateKey  = scan.PrivateKey
	PublicKey   = scan.PublicKey
	Request     = scan.Request
)

// The codes of what is odd about bytes.
const (
	Unreadable     = scan.Unreadable
	Empty          = scan.Empty
	TooLarge       = scan.TooLarge
	LinkLoop       = scan.LinkLoop
	LinkDangling   = scan.LinkDangling
	PEMBroken      = scan.PEMBroken
	PEMAccident    = scan.PEMAccident
	KeyEncrypted   = scan.KeyEncrypted
	HugeKey        = scan.HugeKey
	CFSSLJSON      = scan.CFSSLJSON
	ConfigBroken   = scan.ConfigBroken
	ConfigScheme   = scan.ConfigScheme
	ConfigInsecure = scan.ConfigInsecure
	TokenForm      = scan.TokenForm
	SetAside       = scan.SetAside
)

// FieldCA is the field of a kubeconfig that holds the CA.
const FieldCA = scan.FieldCA

// Other is the role of certificates that play none here.
var Other = programs.Other

// ExpectsPEM tells by the ending that components would read a file as PEM, and
// CertificateName that it is one of certificates.
var (
	ExpectsPEM      = scan.ExpectsPEM
	CertificateName = scan.CertificateName
)
