// Package ptytest runs a program on a terminal and lets a test look at its
// screen and press its keys.
//
// The terminal is mute: it draws what it is told and answers no query, as a
// serial line, a CI runner or a relayed session does. A program that waits for
// an answer is seen hanging.
//
// A test sees before it presses: keys that are sent before the program has
// drawn the page they are meant for are read by another page, or by the
// terminal driver before raw mode. So:
//
//	term := ptytest.Start(t, ptytest.Options{Args: []string{bin}})
//	term.See("CA subject")
//	term.Press(ptytest.CtrlN)
//	term.See("Nodes")
//
// Only tests import it.
package ptytest
