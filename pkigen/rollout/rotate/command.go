package rotate

import (
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/making/plan"
)

// Command brings a replacement to a stage.
func Command(dir, name string, to plan.Stage) shell.Line {
	return shell.Command("certwright rotate").File(dir).Word(name).Own("--stage").Word(string(ActionOf(to)))
}
