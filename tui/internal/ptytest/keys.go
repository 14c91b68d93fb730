//go:build unix

package ptytest

// What keys send, for Press. Several can be joined: Up + Up + Enter; but Esc
// followed by a character is alt and that character for the program.
const (
	Enter     = "\r"
	LineFeed  = "\n"
	Esc       = "\x1b"
	Tab       = "\t"
	ShiftTab  = "\x1b[Z"
	Backspace = "\x7f"
	Delete    = "\x1b[3~"
	Space     = " "

	Up        = "\x1b[A"
	Down      = "\x1b[B"
	Right     = "\x1b[C"
	Left      = "\x1b[D"
	Home      = "\x1b[H"
	End       = "\x1b[F"
	PgUp      = "\x1b[5~"
	PgDown    = "\x1b[6~"
	CtrlRight = "\x1b[1;5C"
	CtrlLeft  = "\x1b[1;5D"
	CtrlHome  = "\x1b[1;5H"
	CtrlEnd   = "\x1b[1;5F"

	CtrlA = "\x01"
	CtrlC = "\x03"
	CtrlD = "\x04"
	CtrlE = "\x05"
	CtrlK = "\x0b"
	CtrlL = "\x0c"
	CtrlN = "\x0e"
	CtrlP = "\x10"
	CtrlR = "\x12"
	CtrlS = "\x13"
	CtrlU = "\x15"
	CtrlW = "\x17"
	CtrlZ = "\x1a"
)
