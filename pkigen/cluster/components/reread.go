package components

import "time"

// Effect is what a change of a file does to a program that runs.
type Effect string

// The effects.
const (
	Restarts Effect = ""        // it has read the file when it started, and never again
	Rereads  Effect = "reload"  // it reads the file again by itself
	AtUse    Effect = "nothing" // it reads the file each time it needs it
)

// Reread is what a program does when a file changes that it was told about. The zero
// Reread is for one that has to be restarted, which is right for any file.
type Reread struct {
	Effect Effect
	// Within is how long it takes at most until a program that reads again has
	// done so; 0 for the next connection.
	Within time.Duration
	// Since is the first minor version of Kubernetes that reads the file again;
	// older ones have to be restarted. "" where all do that are still in use.
	Since string
}
