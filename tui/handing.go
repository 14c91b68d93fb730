package tui

import (
	"errors"
	"io"

	tea "github.com/charmbracelet/bubbletea"

	"certwright/pkigen"
	"certwright/tui/text"
)

// handing is the last step of a set with a tree for each node: an archive for each is
// packed beside the directory.
type handing struct {
	packed *pkigen.Packed
	err    error
	busy   bool
}

// handedMsg brings what was packed.
type handedMsg struct {
	packed *pkigen.Packed
	err    error
}

var (
	keyPack   = bind("pack the archives", "p")
	keyRepack = bind("replace those archives", "x")
)

// pack packs beside the screen; force replaces archives that are there.
func (h *handing) pack(m *Model, force bool) tea.Cmd {
	if h.busy {
		return nil
	}
	h.busy, h.err = true, nil
	pack := m.HandOut(m.ctx, force)
	return safely(func() tea.Msg {
		packed, err := pack()
		return handedMsg{packed, err}
	})
}

func (h *handing) take(msg handedMsg) {
	h.busy, h.err = false, msg.err
	if msg.err == nil {
		h.packed = msg.packed
	}
}

// exists reports whether archives of an earlier time are in the way.
func (h *handing) exists() bool { return errors.As(h.err, new(*pkigen.ArchiveExistsError)) }

// lines say what will be packed, or where it lies and how it is installed.
func (h *handing) lines(m *Model, w int) []string {
	switch {
	case h.busy:
		return []string{m.theme.faint.Render("  packing …")}
	case h.err != nil:
		return m.item(m.theme.bad.Render, "!", h.err.Error(), w)
	case h.packed == nil:
		return m.styled(m.theme.text.Render, "  ", "p packs an archive for each node, with modes and an install.sh, into a folder beside the directory. "+
			"Each holds the secrets of its node, and nothing of another one; the keys of the CAs stay here.", w)
	}
	return printed(w, func(out io.Writer, w int) error { return text.Handout(out, h.packed.Archives, w) })
}
