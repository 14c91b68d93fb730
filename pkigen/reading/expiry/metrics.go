package expiry

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"certwright/pkigen/cluster/usage"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/reading/certinfo"
)

// The metrics, all of them gauges.
const (
	metricNotAfter  = "certwright_certificate_not_after_seconds"
	metricNotBefore = "certwright_certificate_not_before_seconds"
	metricErrors    = "certwright_scan_errors"
	metricTime      = "certwright_scan_timestamp_seconds"
)

// Metrics writes when each certificate among entries begins and ends, how many
// files could not be read, and when it was looked, in the text format of
// Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). A
// certificate in several places has a series for each of them.
func Metrics(w io.Writer, entries []certinfo.Entry, now time.Time) error {
	out := bufio.NewWriter(w)
	labels, certs, failed := series(entries)
	family := func(name, help string) {
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %[1]s gauge\n", name, help)
	}
	family(metricNotAfter, "The end of a certificate, in seconds since 1970.")
	for i, e := range certs {
		fmt.Fprintf(out, "%s{%s} %d\n", metricNotAfter, labels[i], e.NotAfter.Unix())
	}
	family(metricNotBefore, "The beginning of a certificate, in seconds since 1970.")
	for i, e := range certs {
		fmt.Fprintf(out, "%s{%s} %d\n", metricNotBefore, labels[i], e.NotBefore.Unix())
	}
	family(metricErrors, "Files and parts of files that could not be read in the last scan.")
	fmt.Fprintf(out, "%s %d\n", metricErrors, failed)
	family(metricTime, "The time of the last scan, in seconds since 1970.")
	fmt.Fprintf(out, "%s %d\n", metricTime, now.Unix())
	return out.Flush()
}

// series are the certificates with the labels that tell them apart. Two series
// with the same labels make a collector drop the whole file.
func series(entries []certinfo.Entry) (labels []string, certs []*certinfo.Entry, failed int) {
	old := Superseded(entries)
	seen := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Error != "" || e.Cut():
			if key := once(e); !seen[key] {
				seen[key] = true
				failed++
			}
			continue
		case e.Kind != certinfo.Certificate:
			continue
		}
		l := labelsOf(e, old[e.Fingerprint])
		if seen[l] {
			continue
		}
		seen[l] = true
		labels, certs = append(labels, l), append(certs, e)
	}
	return labels, certs, failed
}

// labelsOf are the labels of a certificate as they stand between the braces.
func labelsOf(e *certinfo.Entry, old bool) string {
	var b strings.Builder
	for _, l := range [][2]string{
		{"path", filepath.Clean(e.File)},
		{"block", strconv.Itoa(e.Index)},
		{"field", e.Field},
		{"cn", e.Subject.String()},
		{"issuer", e.Issuer.String()},
		{"serial", e.SerialNumber},
		{"ca", strconv.FormatBool(e.IsCA)},
		{"kind", kind(e)},
		{"superseded", strconv.FormatBool(old)},
	} {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(l[0] + `="` + escapeLabel(l[1]) + `"`)
	}
	return b.String()
}

// kind is what a certificate may be used for: "ca", "server", "client",
// "server,client", or "other". A leaf without extended usages may be both
// (RFC 5280, 4.2.1.12).
func kind(e *certinfo.Entry) string {
	if e.IsCA {
		return "ca"
	}
	_, extended, others := usage.Bits(e.Usages)
	either := len(extended)+len(others) == 0 || slices.Contains(extended, x509.ExtKeyUsageAny)
	var sides []string
	if either || slices.Contains(extended, x509.ExtKeyUsageServerAuth) {
		sides = append(sides, "server")
	}
	if either || slices.Contains(extended, x509.ExtKeyUsageClientAuth) {
		sides = append(sides, "client")
	}
	if sides == nil {
		return "other"
	}
	return strings.Join(sides, ",")
}

// escapeLabel makes text a label's value: backslash, quote and line feed are
// escaped as the format has it. What is no UTF-8, which the format wants, and what
// would act on a terminal is written as the escape that the text output shows.
func escapeLabel(s string) string {
	var b strings.Builder
	for _, r := range s { // a broken byte is read as U+FFFD
		switch {
		case r == '\\' || r == '"':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case !visible.Rune(r):
			b.WriteString(`\` + visible.Text(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
