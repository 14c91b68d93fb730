package tui

import "github.com/charmbracelet/bubbles/key"

// The keys of the wizard, with the words of the footer. A page lists those
// that do something at the moment, so the footer never lies.
var (
	keyNext    = bind("next page", "ctrl+n")
	keyReview  = bind("review", "ctrl+r")
	keyEnter   = bind("next", "enter")
	keyNewline = bind("new line", "enter")
	keyBack    = bind("back", "esc")
	keyWhy     = bind("help", "?", "f1")
	keyPages   = bind("pages", "ctrl+o")
	keyQuit    = bind("leave", "ctrl+c")
	keyJump    = bind("to a page", "alt+1")
	keySuspend = bind("suspend", "ctrl+z")
	keyUp      = bind("up", "up")
	keyDown    = bind("down", "down")
	keyLook    = bind("look", "up", "down")
	keyChoose  = bind("choose", " ")
	keyTab     = bind("next field", "tab")
	keyTabBack = bind("previous field", "shift+tab")
	keyView    = bind("view", "tab", "right", "l")
	keyViewPre = bind("previous view", "shift+tab", "left", "h")
	keyGo      = bind("change", "enter")
	keyMake    = bind("make them", "ctrl+n")
	keyAllow   = bind("allow a replacement", "r")
	keyReload  = bind("read again", "ctrl+l")
	keyScroll  = bind("page", "pgup", "pgdown")
	keyFinish  = bind("finish", "ctrl+n", "q")
)

// bind is a binding whose help shows its first key.
func bind(words string, keys ...string) key.Binding {
	name := keys[0]
	switch name {
	case "up", "down":
		name = "↑↓"
	case " ":
		name = "space"
	case "pgup":
		name = "pgup/pgdn"
	case "alt+1":
		name = "alt+1..9"
	}
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(name, words))
}

// named is the same keys with other words.
func named(b key.Binding, words string) key.Binding {
	b.SetHelp(b.Help().Key, words)
	return b
}
