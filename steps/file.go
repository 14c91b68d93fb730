package steps

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"certwright/pkigen/cluster/problem"

	"go.yaml.in/yaml/v3"
)

// maxFile is the size that an answers file or a draft may have, in bytes: some
// twenty times what 5,000 nodes need. YAML that is larger is a mistake.
const maxFile = 4 << 20

// File is an answers file that was read: the answers, and where each stands.
type File struct {
	Name    string
	Answers *Answers
	at      map[string]source
}

// source is where one answer stands in the file.
type source struct {
	text  string     // the answer as it was read
	value position   // where the value begins
	lines []position // where each line of the text stands; nil for one value
}

type position struct{ line, column int }

// ParseFile reads an answers file. It reports every problem that it finds, in
// the order of the file; the answers are then those that could be read.
func ParseFile(name string, data []byte) (*File, []FileProblem) {
	f := &File{Name: name, Answers: NewAnswers(), at: map[string]source{}}
	r := &reader{file: f}
	if p := checkBytes(data); p != nil {
		p.File = name
		return f, []FileProblem{*p}
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	r.source = bytes.Split(data, []byte("\n"))

	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return f, nil // nothing but comments: everything is a default
	}
	if p := foreign(data, &doc, err); p != nil {
		p.File = name
		return f, []FileProblem{*p}
	}
	if err != nil {
		r.syntax(err)
		return f, r.problems
	}
	r.document(&doc)
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		r.syntax(err)
	default:
		r.say(&second, fileDocuments)
	}
	slices.SortStableFunc(r.problems, func(a, b FileProblem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return f, r.problems
}

// Position is where an answer stands in the file: the value, or the given line
// of its text (from 1; 0 for the value). It is 0, 0 where the answer does not
// stand in the file, or was changed after reading: what --set says has no line.
func (f *File) Position(key string, line int) (int, int) {
	s, ok := f.at[key]
	if !ok || s.text != f.Answers.Get(key) {
		return 0, 0
	}
	if line >= 1 && line <= len(s.lines) {
		return s.lines[line-1].line, s.lines[line-1].column
	}
	return s.value.line, s.value.column
}

// Place is where a problem stands, as editors take it: "answers.yaml:12:5". It
// is "" for one that is not about a value in the file.
func (f *File) Place(p problem.Problem) string {
	line, column := f.Position(p.Key, p.Line)
	if line == 0 {
		return ""
	}
	return place(f.Name, line, column)
}

// checkBytes finds what would make a YAML reader say something obscure.
func checkBytes(data []byte) *FileProblem {
	if len(data) > maxFile {
		return &FileProblem{Code: fileTooLarge, Args: []any{len(data), maxFile}}
	}
	if len(data) >= 2 {
		if bom := binary.BigEndian.Uint16(data); bom == 0xFEFF || bom == 0xFFFE {
			return &FileProblem{Line: 1, Column: 1, Code: fileUTF16}
		}
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &FileProblem{Line: line, Column: column, Code: fileNotUTF8, Args: []any{data[i]}}
		case !printable(r):
			return &FileProblem{Line: line, Column: column, Code: fileControl, Args: []any{r}}
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
	return nil
}

// printable is the set of characters that YAML 1.1 allows in a file (section
// 5.1). The reader refuses the others too, but does not say where they stand.
func printable(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == 0x85:
		return true
	case r >= ' ' && r <= '~', r >= 0xA0 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
		return true
	}
	return false
}

// The library's errors have no form but their texts: these find the line, the
// errors of its parser (which counts lines from 0, its scanner from 1), and the
// name of an alias that nothing defines.
var (
	yamlParser = regexp.MustCompile(`^did not find expected (<|key$|'-'|',' or|node content)|^found (duplicate %|undefined tag)`)
	yamlLine   = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+)(?::\d+)?: )?`)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// syntax explains an error of the YAML reader. Tabs first: the reader's own
// words for them are the least helpful, and they are the commonest cause.
func (r *reader) syntax(err error) {
	if r.tabs() {
		return
	}
	p := FileProblem{File: r.file.Name, Code: fileSyntax}
	text := err.Error()
	if m := yamlAnchor.FindStringSubmatch(text); m != nil {
		p.Code, p.Args = fileAnchor, []any{"*" + m[1]}
		for i, line := range r.source {
			if at := bytes.Index(line, []byte("*"+m[1])); at >= 0 {
				p.Line, p.Column = i+1, utf8.RuneCount(line[:at])+1
				break
			}
		}
	} else {
		m := yamlLine.FindStringSubmatch(text) // it matches everything
		p.Line = 1                             // the library names no line when it is the first
		if m[1] != "" {
			p.Line, _ = strconv.Atoi(m[1])
		}
		text = text[len(m[0]):]
		if m[1] != "" && yamlParser.MatchString(text) {
			p.Line++
		}
		p.Args = []any{text}
	}
	r.problems = append(r.problems, p)
}

// tabs reports the lines that are indented with tabs, and whether there are any.
func (r *reader) tabs() bool {
	found := false
	for i, text := range r.source {
		indent := text[:len(text)-len(bytes.TrimLeft(text, " \t"))]
		if at := bytes.IndexByte(indent, '\t'); at >= 0 && len(indent) < len(bytes.TrimRight(text, "\r")) {
			r.problems = append(r.problems, FileProblem{File: r.file.Name, Line: i + 1, Column: at + 1, Code: fileTab})
			found = true
		}
	}
	return found
}
