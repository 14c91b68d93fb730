package tui

import (
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// complete puts the rest of a folder's name behind what was typed of it, as a shell does.
// Where there are several it goes as far as they agree, and then names them. It reports
// whether there was anything to say; else tab leads on as everywhere.
func (f *form) complete(m *Model) (cmd tea.Cmd, done bool) {
	in, ok := f.inputs[f.at].(*textField)
	if !ok {
		return nil, false
	}
	typed := in.value()
	whole, among := completeDir(typed, m.Dir())
	switch {
	case whole != typed:
		in.in.SetValue(whole)
		in.in.CursorEnd()
		return f.changed(m, tea.KeyMsg{Paste: true}), true // at rest, as what is pasted
	case len(among) > 1:
		m.notice = "there are " + strings.Join(among, "  ")
		return nil, true
	}
	return nil, false
}

// completeDir completes the last name of a path that was typed; dir is where it leads.
func completeDir(typed, dir string) (whole string, among []string) {
	parent, begun := filepath.Split(dir)
	if typed == "" || strings.HasSuffix(typed, "/") {
		parent, begun = dir, ""
	}
	if parent == "" {
		parent = "."
	}
	inside, _ := os.ReadDir(parent) // of what cannot be read nothing is known
	for _, e := range inside {
		name := e.Name()
		hidden := begun == "" && strings.HasPrefix(name, ".")
		if info, err := os.Stat(filepath.Join(parent, name)); err != nil || !info.IsDir() || hidden || !strings.HasPrefix(name, begun) {
			continue
		}
		among = append(among, name)
	}
	if len(among) == 0 {
		return typed, nil
	}
	rest := strings.TrimPrefix(shared(among), begun)
	if len(among) == 1 && !strings.HasSuffix(typed, "/") {
		rest += "/"
	}
	return typed + rest, among
}

// shared is the beginning that all names have.
func shared(names []string) string {
	all := names[0]
	for _, name := range names[1:] {
		for !strings.HasPrefix(name, all) {
			all = all[:len(all)-1]
		}
	}
	return all
}
