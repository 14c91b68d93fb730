package kubeconfig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	v1 "k8s.io/client-go/tools/clientcmd/api/v1"
)

// Encode gives the bytes of a kubeconfig file: YAML with the keys in order, as
// kubeadm and kubectl write it, the context USER@CLUSTER current. The same
// Config gives the same bytes. The error tells what Config lacks or has twice;
// it never quotes a secret.
func Encode(c Config) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return encode(c)
}

// encode writes a Config that was checked.
func encode(c Config) ([]byte, error) {
	size := base64.StdEncoding.EncodedLen(len(c.CA)+len(c.Cert)+len(c.Key)) + 1024
	w := writer{out: make([]byte, 0, size)}
	if err := w.fields(reflect.ValueOf(c.file()).Elem(), 0, ""); err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	return w.out, nil
}

// file is the Config in the client library's types.
func (c Config) file() *v1.Config {
	context := c.User + "@" + c.Cluster
	return &v1.Config{
		Kind:       "Config",
		APIVersion: "v1",
		Clusters: []v1.NamedCluster{{Name: c.Cluster, Cluster: v1.Cluster{
			Server:                   c.Server,
			CertificateAuthority:     c.CAFile,
			CertificateAuthorityData: c.CA,
		}}},
		AuthInfos: []v1.NamedAuthInfo{{Name: c.User, AuthInfo: v1.AuthInfo{
			ClientCertificate:     c.CertFile,
			ClientCertificateData: c.Cert,
			ClientKey:             c.KeyFile,
			ClientKeyData:         c.Key,
			Token:                 c.Token,
		}}},
		Contexts: []v1.NamedContext{{Name: context, Context: v1.Context{
			Cluster:  c.Cluster,
			AuthInfo: c.User,
		}}},
		CurrentContext: context,
	}
}

// writer writes the client library's types as YAML, by their own tags. The
// library's way goes over JSON, a YAML reader and a YAML writer, and takes
// about eighty times as long; here five thousand files are written in a run.
type writer struct {
	out []byte
}

// field is one field of a struct type: its key in the file and its index.
type field struct {
	key   string
	index int
}

// fieldsOf keeps the sorted fields of each type, as tags are slow to read.
var fieldsOf sync.Map // reflect.Type -> []field

func fieldList(t reflect.Type) []field {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]field)
	}
	var list []field
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key != "" && key != "-" {
			list = append(list, field{key, i})
		}
	}
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.key, b.key) })
	fieldsOf.Store(t, list)
	return list
}

// fields writes the fields of a struct that are not empty. The first line gets
// the lead ("- " in a list), the others spaces of the same width.
func (w *writer) fields(v reflect.Value, indent int, lead string) error {
	for _, f := range fieldList(v.Type()) {
		value := v.Field(f.index)
		if value.IsZero() {
			continue
		}
		w.spaces(indent)
		w.out = append(append(append(w.out, lead...), f.key...), ':')
		indent, lead = indent+len(lead), ""
		if err := w.value(value, indent); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
	}
	return nil
}

func (w *writer) value(v reflect.Value, indent int) error {
	switch {
	case v.Kind() == reflect.String:
		w.out = append(w.out, ' ')
		w.scalar(v.String())
		w.out = append(w.out, '\n')
	case v.Kind() == reflect.Struct:
		w.out = append(w.out, '\n')
		return w.fields(v, indent+2, "")
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		w.data(v.Bytes())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		w.out = append(w.out, '\n')
		for i := range v.Len() {
			if err := w.fields(v.Index(i), indent, "- "); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("values of type %s are not written", v.Type())
	}
	return nil
}

// data writes bytes in base64. PEM in base64 starts with a letter, so that no
// reader takes it for a number; other bytes are quoted.
func (w *writer) data(data []byte) {
	quote := !bytes.HasPrefix(data, []byte("-----"))
	w.out = append(w.out, ' ')
	if quote {
		w.out = append(w.out, '"')
	}
	w.out = base64.StdEncoding.AppendEncode(w.out, data)
	if quote {
		w.out = append(w.out, '"')
	}
	w.out = append(w.out, '\n')
}

func (w *writer) spaces(n int) {
	for range n {
		w.out = append(w.out, ' ')
	}
}

// scalar writes a text bare if every YAML reader takes it for that text, else
// in double quotes. The texts are printable, so quotes and backslashes are all
// that needs an escape.
func (w *writer) scalar(s string) {
	if bare(s) {
		w.out = append(w.out, s...)
		return
	}
	w.out = strconv.AppendQuoteToGraphic(w.out, s)
}

// bare wants a letter or a slash in front, which rules out numbers, dates and
// YAML's signs, and then only signs that mean nothing without a space.
func bare(s string) bool {
	if s == "" || !letter(s[0]) && s[0] != '/' || s[len(s)-1] == ':' {
		return false
	}
	for i := range len(s) {
		if b := s[i]; !letter(b) && (b < '0' || b > '9') && strings.IndexByte("-_./:@+=,[]", b) < 0 {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

func letter(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
