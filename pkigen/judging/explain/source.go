package explain

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
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
	// Connections are the ids of those that it can be about; nil where nothing tells.
	Connections []string `json:"connections,omitempty"`
}

var (
	journal = regexp.MustCompile(`^(?:[A-Z][a-z]{2} \d{1,2} [\d:.]+|\d{4}-\d\d-\d\dT\S+) ([^ ]+) ([^ :\[\]]+)(?:\[\d+\])?: `)
	pod     = regexp.MustCompile(`^\[pod/[^/\] ]+/([^\] ]+)\] `)
	logFile = regexp.MustCompile(`^\S*/(?:containers/[^/\s]+_[^/\s_]+_([a-z0-9-]+)-[0-9a-f]+\.log|pods/[^/\s]+/([a-z0-9-]+)/\d+\.log(?:\.[\w.-]+)?|([a-z0-9-]+)\.(?:log|INFO|ERROR|WARNING)):`)
	stern   = regexp.MustCompile(`^\S+ ([a-z][a-z0-9-]*) (?:[IWEF]\d{4} |\{"|\d{4}[-/]\d\d[-/]\d\d)`)
	docker  = regexp.MustCompile(`^k8s_([a-z0-9-]+)_`)
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
	for _, form := range []*regexp.Regexp{logFile, stern, docker} {
		if m := form.FindStringSubmatch(text); m != nil {
			s.program(strings.Join(m[1:], ""))
		}
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

func (s *Source) file(name string) {
	if s.File == "" {
		s.File = name
	}
}

// told are the fields of a JSON message that hold its words, in the order in
// which they are read. A journal's other fields hold command lines and the like.
var told = []string{"MESSAGE", "message", "log", "msg", "error", "err"}

// beside are fields that say more, in the words of etcd, Kubernetes and cfssl.
var beside = []string{"remote-addr", "remote-peer-id", "server-name", "ip-addresses", "dns-names", "address", "path", "target", "reason", "code"}

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
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
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

var (
	dialled  = regexp.MustCompile(`\b(?:Get|Post|Put|Patch|Delete|Head) "?https?://([^/"'\s?]+)|\bdial tcp(?: [\d.:\[\]a-f]+->)? ?([\w.\-\[\]:]+:\d+)|\b(?:Addr: "?|connect to \{)([\w.\-\[\]:]+:\d+)`)
	hasPort  = regexp.MustCompile(`:\d+$`)
	shownIPs = regexp.MustCompile(`IPAddresses \[([^\]]*)\]|ip-addresses=([\da-f.:]+(?:, [\da-f.:]+)*)`)
	dialler  = regexp.MustCompile(`(?:TLS handshake error from|rejected connection from|remote-addr[=:]|, client:) ?"?([\w.\-\[\]:]+)`)
)

// line reads what the line of a match says about both ends, beside the match.
func (s *Source) line(line string, values map[string]string) {
	if m := dialled.FindStringSubmatch(line); m != nil {
		server := m[1] + m[2] + m[3]
		if !hasPort.MatchString(server) {
			server += ":443"
		}
		set(values, "server", server)
	}
	m := dialler.FindStringSubmatch(line)
	if m != nil {
		set(values, "remote", strings.TrimSuffix(m[1], ":"))
	}
	if m := shownIPs.FindStringSubmatch(line); m != nil {
		set(values, "for", elsewhere(value("dns", m[1]+m[2])))
	}
	set(values, "for", elsewhere(cmp.Or(values["names"], values["dns"])))
	line = strings.ToLower(line)
	for i := range clues {
		if c := &clues[i]; c.fits(s, line, values["server"]) {
			s.take(c)
		}
	}
	if s.Side == Unknown && values["server"] != "" {
		s.Side = Client
	}
	if s.Side == Unknown && m != nil {
		s.Side = Server
	}
}

// fits reports whether a line, in small letters, and what is known of it already
// have all that a clue asks for.
func (c *clue) fits(s *Source, line, server string) bool {
	return strings.Contains(line, c.text) && (c.file == "" || c.file == s.File) && strings.HasPrefix(s.Program, c.program) &&
		strings.HasSuffix(server, c.port) && (c.of == Unknown || c.of == s.Side)
}

// take adds what a clue tells to what is not known yet.
func (s *Source) take(c *clue) {
	if c.side != Unknown && s.Side != Unknown && c.side != s.Side {
		return
	}
	s.Side = cmp.Or(s.Side, c.side)
	s.Program = cmp.Or(s.Program, c.says)
	if len(s.Connections) == 0 && c.on != "" {
		s.Connections = strings.Fields(c.on)
	}
}

// elsewhere leaves out of the names of a certificate those that every machine has.
func elsewhere(list string) string {
	names := slices.DeleteFunc(strings.Split(list, ", "), func(n string) bool { return n == "localhost" || n == "::1" || strings.HasPrefix(n, "127.") })
	return strings.Join(names, ", ")
}

func set(values map[string]string, key, value string) {
	if values[key] == "" {
		values[key] = value
	}
}
