package programs

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog/id"
)

// HostOf is the host of a URL; "" for another text.
func HostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// HostsOf are those of a list of URLs.
func HostsOf(urls []string) []string {
	var out []string
	for _, text := range urls {
		if h := HostOf(text); h != "" {
			out = append(out, h)
		}
	}
	return out
}

// AddressOf parses an address; the zero one for a name.
func AddressOf(host string) netip.Addr {
	a, _ := netip.ParseAddr(host)
	return a.Unmap()
}

// ItsOwn reports whether a host is the machine itself, for whoever dials it.
func ItsOwn(host string) bool { return host == "localhost" || AddressOf(host).IsLoopback() }

// Hosts are the addresses and names of a machine, as its programs are told of them.
func (m *Machine) Hosts() []string {
	var out []string
	add := func(all ...string) {
		for _, h := range all {
			if h = strings.ToLower(strings.TrimSpace(h)); h != "" && !ItsOwn(h) && !AddressOf(h).IsUnspecified() && !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	for _, p := range m.Programs {
		switch p.Name {
		case id.KubeAPIServer:
			add(p.Text("--advertise-address"), p.Text("--bind-address"))
		case id.Etcd:
			for _, f := range []string{"--listen-peer-urls", "--initial-advertise-peer-urls", "--listen-client-urls", "--advertise-client-urls"} {
				add(HostsOf(p.List(f))...)
			}
		case id.Kubelet:
			add(strings.Split(p.Text("--node-ip"), ",")...)
			add(p.Text("address"), p.Text("--address"))
		}
	}
	add(m.Name)
	return out
}

// Address is the first address of a machine; "" where none is told.
func (m *Machine) Address() string {
	for _, h := range m.Hosts() {
		if AddressOf(h).IsValid() {
			return h
		}
	}
	return ""
}
