package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"certwright/tui/text"
)

// manual holds the topics, one file each: its name is the topic's, and its first line
// the title.
//
//go:embed help/*.md
var manual embed.FS

// pictures are the lines of a topic that a terminal does not show.
var pictures = regexp.MustCompile(`(?m)^!\[.*\)\n\n`)

// addTopics makes each topic a command that only has a help, as cobra lists and
// completes them.
func addTopics(root *cobra.Command) {
	files, err := manual.ReadDir("help")
	must(err)
	for _, f := range files {
		text, err := manual.ReadFile("help/" + f.Name())
		must(err)
		title, body, _ := strings.Cut(strings.TrimPrefix(pictures.ReplaceAllString(string(text), ""), "# "), "\n")
		root.AddCommand(&cobra.Command{Use: strings.TrimSuffix(f.Name(), path.Ext(f.Name())), Short: title, Long: strings.TrimSpace(body)})
	}
}

// topic reports whether a command is a topic of the manual.
func topic(cmd *cobra.Command) bool { return cmd.IsAdditionalHelpTopicCommand() }

// addHelp replaces cobra's help command: topics are shown in a pager, and the manual
// is written as man pages.
func (p *program) addHelp(root *cobra.Command) {
	addTopics(root)
	byDefault := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if topic(cmd) {
			_ = p.page(topicText(cmd, p.width())) // who closes the pager has read enough
			return
		}
		byDefault(cmd, args)
	})
	man := ""
	help := &cobra.Command{
		Use:   "help [COMMAND|TOPIC]",
		Short: "Show how a command is used, or a topic of the manual",
		Long:  "Show how a command is used, or a topic of the manual: in a pager ($PAGER, less) on a terminal.",
		Example: `  certwright help renew
  certwright help renewal
  certwright help --man /usr/local/share/man/man1`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (list []string, _ cobra.ShellCompDirective) {
			if about, _, err := root.Find(args); err == nil {
				for _, c := range about.Commands() {
					if c.IsAvailableCommand() || topic(c) {
						list = append(list, c.Name()+"\t"+c.Short)
					}
				}
			}
			return list, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if man != "" {
				return manPages(root, man)
			}
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return subcommand(root, args)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
	help.Flags().StringVar(&man, "man", "", "write the man pages of all commands and topics into this directory")
	must(help.MarkFlagDirname("man"))
	root.SetHelpCommand(help)
}

// topicText is a topic for a terminal of so many cells: what is indented or in a fence
// stays as it is, and all else is wrapped.
func topicText(cmd *cobra.Command, width int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n", cmd.Short)
	fenced := false
	for line := range strings.SplitSeq(cmd.Long, "\n") {
		rest := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(rest)]
		switch {
		case strings.HasPrefix(rest, "```"):
			fenced = !fenced
			continue
		case fenced:
			fmt.Fprintln(&b, strings.TrimRight("    "+line, " "))
			continue
		case strings.HasPrefix(rest, "|"):
			fmt.Fprintln(&b, line)
			continue
		}
		mark := listMark(rest)
		rest = strings.NewReplacer("`", "", "**", "").Replace(strings.TrimLeft(rest[len(mark):], "# "))
		for i, part := range text.Wrap(rest, width-len(indent)-len(mark)) {
			if i > 0 {
				mark = strings.Repeat(" ", len(mark))
			}
			fmt.Fprintln(&b, strings.TrimRight(indent+mark+part, " "))
		}
	}
	return b.Bytes()
}

// listMark is what begins an entry of a list: "- ", "3. ", or "".
func listMark(line string) string {
	if strings.HasPrefix(line, "- ") {
		return line[:2]
	}
	if digits := strings.TrimLeft(line, "0123456789"); digits != line && strings.HasPrefix(digits, ". ") {
		return line[:len(line)-len(digits)+2]
	}
	return ""
}

// page shows a text in the pager where the output is a terminal, and else prints it.
func (p *program) page(text []byte) error {
	if isTerminal(p.stdout) {
		name, args := "less", []string{"-FRX"}
		if words := strings.Fields(p.getenv("PAGER")); len(words) > 0 {
			name, args = words[0], words[1:]
		}
		if found, err := exec.LookPath(name); err == nil {
			cmd := exec.Command(found, args...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), p.stdout, p.stderr
			return cmd.Run()
		}
	}
	_, err := io.Copy(p.stdout, bytes.NewReader(text))
	return err
}

// manPages writes a page for each command and each topic.
func manPages(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root.DisableAutoGenTag = true
	header := doc.GenManHeader{Section: "1", Source: "certwright"}
	if err := doc.GenManTree(root, &header, dir); err != nil {
		return fmt.Errorf("man pages in %q: %w", dir, err)
	}
	for _, c := range root.Commands() {
		if !topic(c) { // which GenManTree leaves out
			continue
		}
		var b bytes.Buffer
		header.Title = strings.ToUpper("certwright-" + c.Name())
		if err := doc.GenMan(c, &header, &b); err != nil {
			return fmt.Errorf("man page of %q: %w", c.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(dir, "certwright-"+c.Name()+".1"), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
