package svg

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// element is one of the drawn elements, in order.
type element struct {
	name, text string
	attr       map[string]string
}

func (e element) int(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(e.attr[name])
	if err != nil {
		t.Fatalf("%s of %v: %v", name, e, err)
	}
	return n
}

// elements reads the picture as XML and returns what is drawn in its screen, the
// last group.
func elements(t *testing.T, picture []byte) []element {
	t.Helper()
	var all []element
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "g" {
				all = nil
				continue
			}
			e := element{name: token.Name.Local, attr: make(map[string]string)}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if len(all) > 0 {
				all[len(all)-1].text += strings.TrimSuffix(string(token), "\n")
			}
		}
	}
}

// texts describes the words of a frame: row, column, width, text, and what its
// element says beyond that.
func texts(t *testing.T, frame string) []string {
	t.Helper()
	var got []string
	for _, e := range elements(t, Render(frame, "t")) {
		if e.name != "text" {
			continue
		}
		row := (e.int(t, "y") - baseline - barHeight - padding) / cellHeight
		s := fmt.Sprintf("%d:%d+%d %s", row, (e.int(t, "x")-padding)/cellWidth, e.int(t, "textLength")/cellWidth, e.text)
		for _, name := range []string{"fill", "font-weight", "font-style", "opacity"} {
			if v := e.attr[name]; v != "" {
				s += " " + v
			}
		}
		got = append(got, s)
	}
	return got
}

func TestText(t *testing.T) {
	tests := []struct {
		name, frame string
		want        []string
	}{
		{"words on their cells", "ab  cd\n e", []string{"0:0+2 ab", "0:4+2 cd", "1:1+1 e"}},
		{"wide characters one by one", "a北京b", []string{"0:0+1 a", "0:1+2 北", "0:3+2 京", "0:5+1 b"}},
		{"an accent takes no cell", "e\u0301x", []string{"0:0+2 e\u0301x"}},
		{"escaped", `<a href="x">&'`, []string{`0:0+2 <a`, `0:3+11 href="x">&'`}},
		{"a colour", "a\x1b[31mb\x1b[0mc", []string{"0:0+1 a", "0:1+1 b " + palette[1], "0:2+1 c"}},
		{"a bright colour", "\x1b[93mb\x1b[39mc", []string{"0:0+1 b " + palette[11], "0:1+1 c"}},
		{"bold, faint, italic", "\x1b[1ma\x1b[22;2mb\x1b[22;3mc\x1b[23md", []string{"0:0+1 a bold", "0:1+1 b 0.6", "0:2+1 c italic", "0:3+1 d"}},
		{"several at once", "\x1b[1;2;34ma", []string{"0:0+1 a " + palette[4] + " bold 0.6"}},
		{"an empty sequence resets", "\x1b[1;31ma\x1b[mb", []string{"0:0+1 a " + palette[1] + " bold", "0:1+1 b"}},
		{"reverse", "\x1b[7ma\x1b[27mb", []string{"0:0+1 a " + background, "0:1+1 b"}},
		{"reverse with colours", "\x1b[7;31;42ma", []string{"0:0+1 a " + palette[2]}},
		{"256 colours", "\x1b[38;5;9ma\x1b[38;5;208mb\x1b[38;5;244mc\x1b[38;5;16;1md", []string{
			"0:0+1 a " + palette[9], "0:1+1 b #ff8700", "0:2+1 c #808080", "0:3+1 d #000000 bold",
		}},
		{"true colour", "\x1b[38;2;1;2;255ma\x1b[48;2;9;9;9mb", []string{"0:0+1 a #0102ff", "0:1+1 b #0102ff"}},
		{"unknown parameters", "\x1b[53;73ma\x1b[38;9mb\x1b[38mc", []string{"0:0+3 abc"}},
		{"other sequences", "\x1b[2J\x1b[Ha\x1b]0;title\x07b\x1b[K\x1b[?25l", []string{"0:0+2 ab"}},
		{"a look goes over the line end", "\x1b[1ma\nb", []string{"0:0+1 a bold", "1:0+1 b bold"}},
		{"tabs", "a\tb", []string{"0:0+1 a", "0:8+1 b"}},
		{"CR LF", "a\r\nb", []string{"0:0+1 a", "1:0+1 b"}},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := texts(t, tt.frame); !slices.Equal(got, tt.want) {
				t.Errorf("frame %q:\ngot  %q\nwant %q", tt.frame, got, tt.want)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	row := barHeight + padding
	tests := []struct {
		name, frame, element string
		attr                 map[string]string
	}{
		{"background", "a\x1b[44m b", "rect", map[string]string{"x": "23", "y": fmt.Sprint(row), "width": "18", "height": "20", "fill": palette[4]}},
		{"reverse", "\x1b[7m \x1b[0m", "rect", map[string]string{"x": "14", "width": "9", "fill": foreground}},
		{"underline goes under blanks", "\x1b[4;32ma b\x1b[24mc", "rect", map[string]string{"x": "14", "width": "27", "height": "1", "fill": palette[2]}},
		{"a full block", "█", "rect", map[string]string{"x": "14", "width": "9", "height": "20", "fill": foreground}},
		{"half a block", " \x1b[31m▌", "rect", map[string]string{"x": "23", "width": "4.5", "fill": palette[1]}},
		{"a shade", "░", "rect", map[string]string{"opacity": "0.25"}},
		{"full blocks are one bar", "██", "rect", map[string]string{"x": "14", "width": "18"}},
		{"a horizontal line", "───", "path", map[string]string{"d": "M14 56.5L41 56.5", "stroke": foreground}},
		{"two bars side by side", "││", "path", map[string]string{"d": "M18.5 56.5L18.5 46M18.5 56.5L18.5 66M27.5 56.5L27.5 46M27.5 56.5L27.5 66"}},
		{"a corner", "\x1b[2m┌", "path", map[string]string{"d": "M18.5 56.5L23 56.5M18.5 56.5L18.5 66", "opacity": "0.6"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var drawn []element
			for _, e := range elements(t, Render(tt.frame, "t")) {
				if e.name != "text" {
					drawn = append(drawn, e)
				}
			}
			if len(drawn) != 1 || drawn[0].name != tt.element {
				t.Fatalf("drawn: %v, want one %s", drawn, tt.element)
			}
			for name, want := range tt.attr {
				if got := drawn[0].attr[name]; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

var size = regexp.MustCompile(`^<svg [^>]*width="(\d+)" height="(\d+)" viewBox="0 0 (\d+) (\d+)"`)

func TestWindow(t *testing.T) {
	for _, tt := range []struct {
		frame      string
		cols, rows int
	}{
		{strings.Repeat("x", 80) + strings.Repeat("\n", 23), 80, 23},
		{strings.Repeat("x\n", 24), minCols, 24},
		{strings.Repeat("北", 30) + "\nx", 60, 2},
		{"", minCols, 1},
	} {
		picture := Render(tt.frame, "t")
		found := size.FindSubmatch(picture)
		if found == nil {
			t.Fatalf("no size in %.100s", picture)
		}
		w, h := strconv.Itoa(tt.cols*cellWidth+2*padding), strconv.Itoa(tt.rows*cellHeight+2*padding+barHeight)
		if got, want := fmt.Sprintf("%s %s %s %s", found[1], found[2], found[3], found[4]), fmt.Sprintf("%s %s %s %s", w, h, w, h); got != want {
			t.Errorf("%d cells by %d: size %s, want %s", tt.cols, tt.rows, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	picture := string(Render(strings.Repeat("x", 60), `nodes <5 & "9">`))
	if n := strings.Count(picture, "nodes &lt;5 &amp; &#34;9&#34;&gt;"); n != 3 {
		t.Errorf("the title stands %d times in the picture, want in its label, its title and its bar:\n%.600s", n, picture)
	}
	long := strings.Repeat("long ", 40)
	if picture := string(Render("x", long)); !strings.Contains(picture, "…</text>") || !strings.Contains(picture, "<title>"+long) {
		t.Errorf("a long title is not cut in the bar alone:\n%.600s", picture)
	}
}

func TestSameBytes(t *testing.T) {
	frame := "\x1b[1;34mcertwright\x1b[0m │ 北京 \x1b[7m \x1b[0m\n█░"
	first := Render(frame, "t")
	for range 20 {
		if !bytes.Equal(Render(frame, "t"), first) {
			t.Fatal("two pictures of one frame differ")
		}
	}
}

// A frame with broken bytes or control characters still gives a picture that is
// XML.
func TestAlwaysXML(t *testing.T) {
	for _, frame := range []string{"\xff\xfe", "a\x00b\x0cc\x7f", "\x1b", "\x1b[", "\x1b]0;", "\u0085\u009b", "\uFFFE\uFFFF", "\x1b[38;2;1ma", "\u0301"} {
		elements(t, Render(frame, frame))
	}
}
