// Command asking is what every bubbletea v1 program is without package quiet.
package main

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

func main() { fmt.Println("started", tea.KeyEnter) }
