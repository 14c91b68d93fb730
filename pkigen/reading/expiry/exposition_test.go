package expiry

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sample is one line of the exposition format that is no comment.
type sample struct {
	labels map[string]string
	value  float64
}

var (
	helpLine   = regexp.MustCompile(`^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	typeLine   = regexp.MustCompile(`^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*="`)
)

// parseExposition reads the text format as a strict collector does
// (https://prometheus.io/docs/instrumenting/exposition_formats/): each family
// in one piece, its help and type before its samples, no series twice, UTF-8
// throughout, and a line feed at the end.
func parseExposition(text string) (map[string][]sample, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("no UTF-8")
	}
	body, ended := strings.CutSuffix(text, "\n")
	if !ended {
		return nil, fmt.Errorf("the last line does not end")
	}
	out := map[string][]sample{}
	series := map[string]bool{}
	help, family := "", ""
	for n, line := range strings.Split(body, "\n") {
		bad := func(format string, args ...any) error {
			return fmt.Errorf("line %d, %q: %s", n+1, line, fmt.Sprintf(format, args...))
		}
		if m := helpLine.FindStringSubmatch(line); m != nil {
			if _, again := out[m[1]]; again {
				return nil, bad("a second family")
			}
			help, family = m[1], ""
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil {
			if m[1] != help {
				return nil, bad("a type without help")
			}
			family, out[m[1]] = m[1], nil
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil || m[1] != family {
			return nil, bad("no sample of the family %q", family)
		}
		labels, err := parseLabels(m[2])
		if err != nil {
			return nil, bad("%v", err)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, bad("%v", err)
		}
		key := family + fmt.Sprint(labels)
		if series[key] {
			return nil, bad("a series twice")
		}
		series[key] = true
		out[family] = append(out[family], sample{labels, value})
	}
	return out, nil
}

// parseLabels reads what stands between the braces.
func parseLabels(s string) (map[string]string, error) {
	out := map[string]string{}
	for s != "" {
		name := labelName.FindString(s)
		if name == "" {
			return nil, fmt.Errorf("no label begins at %q", s)
		}
		value, rest, err := parseValue(s[len(name):])
		if err != nil {
			return nil, err
		}
		name = strings.TrimSuffix(name, `="`)
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("the label %s twice", name)
		}
		out[name] = value
		if s = rest; s == "" {
			break
		}
		if s[0] != ',' || len(s) == 1 {
			return nil, fmt.Errorf("no label follows at %q", s)
		}
		s = s[1:]
	}
	return out, nil
}

// parseValue reads a value up to its closing quote: backslashes stand before a
// backslash, a quote, or an n, and nowhere else.
func parseValue(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			i++
			if i == len(s) || !strings.ContainsRune(`\"n`, rune(s[i])) {
				return "", "", fmt.Errorf("an unknown escape in %q", s)
			}
			b.WriteString(strings.ReplaceAll(string(s[i]), "n", "\n"))
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", fmt.Errorf("no end of %q", s)
}
