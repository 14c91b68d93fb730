package spec

import (
	"strings"

	"certwright/pkigen/cluster/problem"
)

// ParseKeyAlgorithm reads one of KeyAlgorithms, exactly as it is written there;
// what other tools call these algorithms is refused with a suggestion.
func ParseKeyAlgorithm(key, s string) (KeyAlgorithm, []problem.Problem) {
	s = oneValue(s)
	for _, a := range KeyAlgorithms {
		if s == string(a) {
			return a, nil
		}
	}
	return "", []problem.Problem{algorithmFault(s).at(key, 0)}
}

func algorithmFault(s string) *fault {
	if s == "" {
		return faulty(problem.Missing, string(RSA2048))
	}
	if f := textFault(s); f != nil {
		return f
	}
	plain := strings.NewReplacer("-", "", "_", "", " ", "", ":", "").Replace(strings.ToUpper(s))
	switch plain {
	case "ED25519", "ED448", "EDDSA":
		return faulty(keyEd25519, s, string(ECDSAP256))
	case "RSA512", "RSA768", "RSA1024", "1024":
		return faulty(keyWeak, s, string(RSA2048))
	case "RSA8192", "8192":
		return faulty(keyNotOffered, s, string(RSA4096))
	case "P521", "ECDSAP521", "ECDSA521", "EC521", "SECP521R1":
		return faulty(keyNotOffered, s, string(ECDSAP384))
	case "RSA", "2048":
		return faulty(keyMisspelt, s, string(RSA2048))
	case "3072":
		return faulty(keyMisspelt, s, string(RSA3072))
	case "4096":
		return faulty(keyMisspelt, s, string(RSA4096))
	case "EC", "ECDSA", "P256", "EC256", "ECDSA256", "PRIME256V1", "SECP256R1":
		return faulty(keyMisspelt, s, string(ECDSAP256))
	case "P384", "EC384", "ECDSA384", "SECP384R1":
		return faulty(keyMisspelt, s, string(ECDSAP384))
	}
	var names []string
	for _, a := range KeyAlgorithms {
		if plain == strings.ReplaceAll(string(a), "-", "") {
			return faulty(keyMisspelt, s, string(a))
		}
		names = append(names, string(a))
	}
	if near := Nearest(s, names, 1); near != "" {
		return faulty(keyMisspelt, s, near)
	}
	return faulty(keyUnknown, s, strings.Join(names, ", "))
}
