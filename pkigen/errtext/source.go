package errtext

import (
	"regexp"
	"strings"
)

// Source is what the line of a text tells about who printed it. Besides it a
// match's values may hold "server", the address that was dialled, and "remote",
// the address of who dialled.
type Source struct {
	Program string `json:"program,omitempty"`
	Side    Side   `json:"side,omitempty"`
	Host    string `json:"host,omitempty"` // where it ran, as its journal has it
	File    string `json:"file,omitempty"` // of the program's own source code: "authentication.go"
}

var (
	journal = regexp.MustCompile(`^(?:[A-Z][a-z]{2} \d{1,2} [\d:.]+|\d{4}-\d\d-\d\dT\S+) ([^ ]+) ([^ :\[\]]+)(?:\[\d+\])?: `)
	pod     = regexp.MustCompile(`^\[pod/[^/\] ]+/([^\] ]+)\] `)
	compose = regexp.MustCompile(`^([a-z][a-z0-9_.-]*?)(?:-\d+)? \| `)
	klog    = regexp.MustCompile(`\b[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ \d+ ([\w.-]+\.go):\d+\]`)
	capnlog = regexp.MustCompile(`^\d{4}-\d\d-\d\d \S+ [A-Z] \| (embed|rafthttp|etcdmain|etcdserver|transport):`)
)

// header reads what stands before a message.
func (s *Source) header(text string) {
	if m := journal.FindStringSubmatch(text); m != nil {
		s.Host = m[1]
		s.program(m[2])
	} else if m := pod.FindStringSubmatch(text); m != nil {
		s.program(m[1])
	} else if m := compose.FindStringSubmatch(text); m != nil {
		s.program(m[1])
	}
	if m := klog.FindStringSubmatch(text); m != nil {
		s.file(m[1])
	}
	if capnlog.MatchString(text) {
		s.program("etcd")
	}
}

// program is set once: the outermost header knows best.
func (s *Source) program(name string) {
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.TrimSuffix(name, ".service")
	if s.Program == "" {
		s.Program = name
	}
}

// programOf are the source files that only one program's messages come from.
var programOf = map[string]string{
	"authentication.go": "kube-apiserver", "available_controller.go": "kube-apiserver", "remote_available_controller.go": "kube-apiserver",
	"handler_proxy.go": "kube-apiserver", "kubelet.go": "kubelet", "kubelet_node_status.go": "kubelet", "kubelet_nodes.go": "kubelet",
	"bootstrap.go": "kubelet", "certificate_manager.go": "kubelet", "csi_plugin.go": "kubelet", "memcache.go": "kubectl", "scraper.go": "metrics-server",
}

func (s *Source) file(name string) {
	if s.File == "" {
		s.File = name
	}
	if p := programOf[name]; p != "" {
		s.program(p)
	}
}

// told are the fields of a JSON message that hold its words, in the order in
// which they are read. A journal's other fields hold command lines and the like.
var told = []string{"MESSAGE", "message", "log", "msg", "error", "err"}

// beside are fields that say more of a connection, in etcd's words.
var beside = []string{"remote-addr", "remote-peer-id", "server-name", "ip-addresses", "dns-names", "address", "path"}

// fields notes who wrote a JSON message and gives its words.
func (s *Source) fields(f map[string]any) string {
	var parts []string
	for _, key := range told {
		if v := words(f[key]); v != "" {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	text := strings.Join(parts, ": ")
	for _, key := range beside {
		if v := words(f[key]); v != "" {
			text += " " + key + "=" + v
		}
	}
	for _, key := range []string{"SYSLOG_IDENTIFIER", "_COMM"} {
		if v := words(f[key]); v != "" {
			s.program(v)
			break
		}
	}
	if v := words(f["_HOSTNAME"]); v != "" && s.Host == "" {
		s.Host = v
	}
	caller := words(f["caller"])
	switch folder, _, _ := strings.Cut(caller, "/"); {
	case words(f["logger"]) == "etcd-client" || folder == "clientv3":
		s.program("an etcd client")
	case folder == "embed" || folder == "rafthttp" || folder == "etcdmain" || folder == "etcdserver":
		s.program("etcd")
	}
	if file, _, found := strings.Cut(caller[strings.LastIndexByte(caller, '/')+1:], ":"); found {
		s.file(file)
	}
	return text
}

// words is a JSON value as text: a string, a list of them, or the bytes that a
// journal writes where a message is no plain text.
func words(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var parts []string
		var raw []byte
		for _, item := range v {
			switch item := item.(type) {
			case string:
				parts = append(parts, item)
			case float64:
				raw = append(raw, byte(item))
			}
		}
		if raw != nil {
			return string(raw)
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// phrases tell the side that printed a line, and some the program.
var phrases = []struct {
	text    string
	side    Side
	program string
}{
	{"http: TLS handshake error from", Server, ""},
	{"rejected connection", Server, "etcd"},
	{"verifying certificate SN=", Server, "kube-apiserver"},
	{"Unable to authenticate the request", Server, "kube-apiserver"},
	{"while SSL handshaking to upstream", Client, "nginx"},
	{"while SSL handshaking, client:", Server, "nginx"},
	{"Unable to connect to the server:", Client, "kubectl"},
	{"You must be logged in to the server", Client, "kubectl"},
	{"transport: authentication handshake failed", Client, ""},
	{"prober detected unhealthy status", Client, "etcd"},
	{"error trying to reach service", Client, "kube-apiserver"},
	{"failing or missing response from", Client, "kube-apiserver"},
	{"failed calling webhook", Client, "kube-apiserver"},
	{"Error while dialing", Client, ""},
	{"curl: (", Client, "curl"},
	{"verify error:num=", Client, "openssl"},
	{"Failed to watch", Client, ""},
	{"failed to list", Client, ""},
}

var (
	dialled = regexp.MustCompile(`\b(?:Get|Post|Put|Patch|Delete|Head) "?https?://([^/"'\s?]+)|\bdial tcp(?: [\d.:\[\]a-f]+->)? ?([\w.\-\[\]:]+:\d+)|\bAddr: "?([\w.\-\[\]:]+:\d+)`)
	dialler = regexp.MustCompile(`(?:TLS handshake error from|rejected connection from|remote-addr[=:]|, client:) ?"?([\w.\-\[\]:]+)`)
)

// line reads what the line of a match says about both ends, beside the match.
func (s *Source) line(line string, values map[string]string) {
	for _, p := range phrases {
		if strings.Contains(line, p.text) {
			s.Side = p.side
			if p.program != "" {
				s.program(p.program)
			}
			break
		}
	}
	if m := dialled.FindStringSubmatch(line); m != nil {
		if s.Side == Unknown {
			s.Side = Client
		}
		set(values, "server", m[1]+m[2]+m[3])
	}
	if m := dialler.FindStringSubmatch(line); m != nil {
		if s.Side == Unknown {
			s.Side = Server
		}
		set(values, "remote", strings.TrimSuffix(m[1], ":"))
	}
}

func set(values map[string]string, key, value string) {
	if values[key] == "" {
		values[key] = value
	}
}
