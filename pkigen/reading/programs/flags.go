package programs

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"certwright/pkigen/reading/scan"
)

// expand puts variables into a command line; known reports whether all were.
func expand(words []string, env map[string]string) (out []string, known bool) {
	known = true
	for _, w := range words {
		if name, ok := variable(w); ok {
			v, have := env[name]
			known = known && have
			out = append(out, split(strings.ReplaceAll(v, "\\\n", " "))...)
			continue
		}
		out = append(out, inWord().ReplaceAllStringFunc(w, func(ref string) string {
			name, _ := variable(ref)
			v, have := env[name]
			known = known && have
			return v
		}))
	}
	return out, known
}

var inWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{\w+\}|\$\w+`) })

// variable is the name of a variable that a word is; false for another word.
func variable(w string) (string, bool) {
	name, ok := strings.CutPrefix(w, "$")
	if !ok {
		return "", false
	}
	if in, braces := strings.CutPrefix(name, "{"); braces {
		name = strings.TrimSuffix(in, "}")
	}
	return name, isVariable(name)
}

// etcdVariables are those that etcd reads in place of flags.
func etcdVariables(env map[string]string, in func(name string) *scan.File) []Setting {
	var out []Setting
	for _, name := range slices.Sorted(maps.Keys(env)) {
		rest, ok := strings.CutPrefix(name, "ETCD_")
		if !ok || strings.HasPrefix(strings.TrimSpace(env[name]), "--") {
			continue
		}
		out = append(out, Setting{Name: "--" + strings.ToLower(strings.ReplaceAll(rest, "_", "-")), Value: strings.TrimSpace(env[name]), In: in(name), Basis: Told})
	}
	return out
}

// flags are those of a command line.
func flags(program string, words []string, in *scan.File) []Setting {
	var out []Setting
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case strings.HasPrefix(w, "--"):
		case program == "etcd" && strings.HasPrefix(w, "-") && len(w) > 2: // as Go's own flags
			w = "-" + w
		default:
			continue
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			value = "true"
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				value = words[i+1]
				i++
			}
		}
		name = strings.ReplaceAll(name, "_", "-")
		out = append(out, Setting{Name: canonical(program, name), Value: strings.Trim(value, `"'`), In: in, Basis: Told})
	}
	return out
}

// canonicals are flags by the field of the configuration that says the same, or the
// field by its flag.
var canonicals = map[string]map[string]string{
	"kubelet": {
		"--client-ca-file": "authentication.x509.clientCAFile", "--tls-cert-file": "tlsCertFile", "--tls-private-key-file": "tlsPrivateKeyFile",
		"--anonymous-auth": "authentication.anonymous.enabled", "--authentication-token-webhook": "authentication.webhook.enabled",
		"--rotate-certificates": "rotateCertificates", "--rotate-server-certificates": "serverTLSBootstrap", "--authorization-mode": "authorization.mode",
	},
	"kube-proxy":     {"--kubeconfig": "clientConnection.kubeconfig", "--hostname-override": "hostnameOverride"},
	"kube-scheduler": {"clientConnection.kubeconfig": "--kubeconfig"},
	"etcd": {
		"client-transport-security.cert-file": "--cert-file", "client-transport-security.key-file": "--key-file",
		"client-transport-security.trusted-ca-file": "--trusted-ca-file", "client-transport-security.client-cert-auth": "--client-cert-auth",
		"client-transport-security.auto-tls": "--auto-tls",
		"peer-transport-security.cert-file":  "--peer-cert-file", "peer-transport-security.key-file": "--peer-key-file",
		"peer-transport-security.trusted-ca-file": "--peer-trusted-ca-file", "peer-transport-security.client-cert-auth": "--peer-client-cert-auth",
		"peer-transport-security.auto-tls": "--peer-auto-tls",
	},
}

func canonical(program, name string) string {
	if c := canonicals[program][name]; c != "" {
		return c
	}
	if program == "etcd" && !strings.HasPrefix(name, "--") && !strings.Contains(name, ".") {
		return "--" + name
	}
	return name
}
