package text

import (
	"fmt"
	"io"
	"strings"
	"time"

	"certwright/pkigen/reading/certinfo"
)

// Inspect prints what was found in files: for each certificate a line with its
// file, subject and end, and below it usages, names, signer and key. Private
// keys and requests follow as a short list, then what could not be read.
func Inspect(w io.Writer, entries []certinfo.Entry, now time.Time, width int) error {
	p := newPrinter(w, width)
	var certs, others, broken []*certinfo.Entry
	for i := range entries {
		switch e := &entries[i]; {
		case e.Error != "":
			broken = append(broken, e)
		case e.Kind == certinfo.Certificate:
			certs = append(certs, e)
		default:
			others = append(others, e)
		}
	}
	if len(certs) == 0 {
		p.text("", "No certificate was found.")
	}
	head, rows := inspectTable(certs, now).Lay(width)
	if len(certs) > 0 {
		p.line(head)
	}
	for i, e := range certs {
		for _, l := range rows[i] {
			p.line(l)
		}
		p.table("  ", inspectDetails(e))
	}
	if len(others) > 0 {
		p.blank()
		p.table("", othersTable(others))
	}
	if len(broken) > 0 {
		p.blank()
	}
	for _, e := range broken {
		p.text("! ", Clean(where(e)+": "+e.Error))
	}
	return p.end()
}

func inspectTable(certs []*certinfo.Entry, now time.Time) Table {
	t := Table{Columns: []Column{{Title: "FILE", Min: 20}, {Title: "SUBJECT", Min: 14}, {Title: "EXPIRES", Min: 10}}}
	for _, e := range certs {
		ends := Ends(e.NotAfter, now)
		switch {
		case !e.NotAfter.After(now):
			ends = "! expired " + ends
		case e.NotBefore.After(now):
			ends = "! begins " + Date(e.NotBefore) + ", expires " + ends
		}
		t.Rows = append(t.Rows, []string{Clean(where(e)), Clean(e.Subject.String()), ends})
	}
	return t
}

// where is the file of an entry and, where the file holds several things,
// which of them it is.
func where(e *certinfo.Entry) string {
	s := e.File
	if e.Field != "" {
		s += " " + e.Field
	}
	if e.Index > 0 {
		s += fmt.Sprintf(" (block %d)", e.Index+1)
	}
	return s
}

// inspectDetails are the lines below a certificate's row.
func inspectDetails(e *certinfo.Entry) Table {
	t := Table{Columns: []Column{{}, {Min: 20}}}
	add := func(label, text string) {
		if text != "" {
			t.Rows = append(t.Rows, []string{label, Clean(text)})
		}
	}
	add("name", e.Subject.Text)
	usages := strings.Join(e.Usages, ", ")
	if e.IsCA {
		usages = strings.TrimSuffix("CA; "+usages, "; ")
	}
	if usages == "" {
		usages = "none"
	}
	add("usages", usages)
	sans := strings.Join(e.SANs, ", ")
	if sans == "" {
		sans = "none"
	}
	add("SANs", sans)
	signer := e.Signer()
	if !e.SelfSigned && e.SignerFile != "" {
		signer += ", found in " + e.SignerFile
	}
	add("signer", signer)
	key := e.KeyAlgorithm
	if e.PrivateKeyFile != "" {
		key += ", private key in " + e.PrivateKeyFile
	}
	add("key", key)
	add("note", e.Note)
	return t
}

// othersTable lists what is no certificate: keys, requests, and files that were
// not looked into, with the reason.
func othersTable(others []*certinfo.Entry) Table {
	t := Table{Columns: []Column{{Title: "FILE", Min: 20}, {Title: "IS", Min: 11}, {Title: "ABOUT", Min: 20}}}
	for _, e := range others {
		about := e.Subject.String()
		for _, s := range []string{e.KeyAlgorithm, e.Note} {
			switch {
			case s == "":
			case about == "":
				about = s
			default:
				about += "; " + s
			}
		}
		t.Rows = append(t.Rows, []string{Clean(where(e)), string(e.Kind), Clean(about)})
	}
	return t
}
