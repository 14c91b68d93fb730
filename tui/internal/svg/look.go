package svg

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The colours of the window, and of a terminal's palette on it: calm, with at
// least 4.5:1 of contrast to the background for everything but black.
const (
	background = "#1b1e28"
	foreground = "#d5d9e5"
	titleBar   = "#272b38"
	titleText  = "#9aa1b5"
	border     = "#3a4052"
)

var palette = [16]string{
	"#3a4052", "#f07178", "#a6d189", "#e5c07b", "#82aaff", "#c792ea", "#7fd1d8", "#d5d9e5",
	"#8088a0", "#ff8b92", "#bfe8a0", "#ffd68f", "#9cbcff", "#d9a9f5", "#a0e6ec", "#ffffff",
}

// look is how a cell looks. Empty colours are the terminal's own.
type look struct {
	fg, bg                                  string
	bold, faint, italic, underline, reverse bool
}

// fore returns the colour of the character.
func (l look) fore() string {
	colour, own := l.fg, foreground
	if l.reverse {
		colour, own = l.bg, background
	}
	if colour == "" {
		return own
	}
	return colour
}

// back returns the colour behind the character, "" for the window's own.
func (l look) back() string {
	if !l.reverse {
		return l.bg
	}
	if l.fg == "" {
		return foreground
	}
	return l.fg
}

func (l look) opacity() string {
	if l.faint {
		return ` opacity="0.6"`
	}
	return ""
}

// attributes returns what a text element needs besides its place.
func (l look) attributes() string {
	var b strings.Builder
	if fill := l.fore(); fill != foreground {
		fmt.Fprintf(&b, ` fill="%s"`, fill)
	}
	if l.bold {
		b.WriteString(` font-weight="bold"`)
	}
	if l.italic {
		b.WriteString(` font-style="italic"`)
	}
	b.WriteString(l.opacity())
	return b.String()
}

// with returns the look after an SGR sequence with these parameters. What it
// does not know changes nothing.
func (l look) with(params ansi.Params) look {
	if len(params) == 0 {
		return look{}
	}
	for i := 0; i < len(params); i++ {
		switch p := params[i].Param(0); {
		case p == 0:
			l = look{}
		case p == 1:
			l.bold = true
		case p == 2:
			l.faint = true
		case p == 3:
			l.italic = true
		case p == 4:
			l.underline = true
		case p == 7:
			l.reverse = true
		case p == 22:
			l.bold, l.faint = false, false
		case p == 23:
			l.italic = false
		case p == 24:
			l.underline = false
		case p == 27:
			l.reverse = false
		case p >= 30 && p <= 37:
			l.fg = palette[p-30]
		case p >= 90 && p <= 97:
			l.fg = palette[p-90+8]
		case p >= 40 && p <= 47:
			l.bg = palette[p-40]
		case p >= 100 && p <= 107:
			l.bg = palette[p-100+8]
		case p == 39:
			l.fg = ""
		case p == 49:
			l.bg = ""
		case p == 38 || p == 48:
			colour, used := extended(params[i+1:])
			if p == 38 && colour != "" {
				l.fg = colour
			} else if colour != "" {
				l.bg = colour
			}
			i += used
		}
	}
	return l
}

// extended reads what follows 38 or 48, "5;n" or "2;r;g;b", and returns the
// colour and how many parameters it took.
func extended(params ansi.Params) (colour string, used int) {
	param := func(i int) int {
		if i >= len(params) {
			return 0
		}
		return min(max(params[i].Param(0), 0), 255)
	}
	switch param(0) {
	case 5:
		return indexed(param(1)), 2
	case 2:
		return fmt.Sprintf("#%02x%02x%02x", param(1), param(2), param(3)), 4
	}
	return "", 0
}

// indexed returns a colour of the 256 of xterm: the palette, a cube, greys.
func indexed(n int) string {
	switch {
	case n < 16:
		return palette[n]
	case n < 232:
		level := func(v int) int {
			if v == 0 {
				return 0
			}
			return 55 + 40*v
		}
		n -= 16
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	default:
		grey := 8 + 10*(n-232)
		return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
	}
}
