package certinfo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kubeconfigFile has the fields of a kubeconfig that hold certificates. The key
// and the tokens have no field here, so they never reach our memory as such.
type kubeconfigFile struct {
	Kind     string `yaml:"kind"`
	Clusters []struct {
		Name    string `yaml:"name"`
		Cluster struct {
			Data string `yaml:"certificate-authority-data"`
			File string `yaml:"certificate-authority"`
		} `yaml:"cluster"`
	} `yaml:"clusters"`
	Users []struct {
		Name string `yaml:"name"`
		User struct {
			Data string `yaml:"client-certificate-data"`
			File string `yaml:"client-certificate"`
		} `yaml:"user"`
	} `yaml:"users"`
}

// isKubeconfig looks for the two words that every kubeconfig has; the YAML
// parser is not let loose on every file of a directory.
func isKubeconfig(data []byte) bool {
	return bytes.Contains(data, []byte("kind")) && bytes.Contains(data, []byte("Config")) &&
		bytes.Contains(data, []byte("clusters"))
}

// kubeconfig adds the certificates embedded in a kubeconfig. One that embeds
// none is an entry of its own, which names the files it points to.
func (s *scanner) kubeconfig(name string, data []byte) {
	var k kubeconfigFile
	if err := decodeYAML(data, &k); err != nil {
		s.add(Entry{File: name, Kind: Kubeconfig, Error: "not readable as YAML"})
		return
	}
	if k.Kind != "Config" {
		s.add(Entry{File: name, Kind: Other})
		return
	}
	before := len(s.entries)
	var files []string
	for _, c := range k.Clusters {
		s.embedded(Entry{File: name, Field: "cluster " + c.Name}, c.Cluster.Data)
		files = append(files, c.Cluster.File)
	}
	for _, u := range k.Users {
		s.embedded(Entry{File: name, Field: "user " + u.Name}, u.User.Data)
		files = append(files, u.User.File)
	}
	if len(s.entries) > before {
		return
	}
	note := "no certificate in it"
	if points := strings.Join(nonEmpty(files), ", "); points != "" {
		note = "points to " + points
	}
	s.add(Entry{File: name, Kind: Kubeconfig, Note: note})
}

// embedded adds the certificates of one base64 field.
func (s *scanner) embedded(from Entry, data string) {
	if data == "" {
		return
	}
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		from.Kind, from.Error = Kubeconfig, "the certificate data are not base64"
		s.add(from)
		return
	}
	s.blocks(from, text)
}

// decodeYAML keeps the parser's error text to itself: it quotes the document,
// which holds a key. The parser has panicked on hostile input before.
func decodeYAML(data []byte, into any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the YAML parser failed")
		}
	}()
	return yaml.Unmarshal(data, into)
}

func nonEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
