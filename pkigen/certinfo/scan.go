package certinfo

// Scan reads files and directories and returns what is in them, in the order of
// the paths, directories in sorted order. Hidden files, files over 1 MiB and
// what is neither a file nor a directory are entries with a note; what cannot
// be read or understood is an entry with an error. The error is for a call
// without any path.
func Scan(paths []string) ([]Entry, error) {
	if len(paths) == 0 {
		return nil, errNoPaths
	}
	s := &scanner{}
	for _, p := range paths {
		s.path(p)
	}
	s.link()
	return s.entries, nil
}
