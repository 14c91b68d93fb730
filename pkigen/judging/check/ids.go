package check

// The ids of what follows from the directory as a whole: only this package finds it. All
// others are those of package findings, and for bytes those of package scan.
const (
	EndsSoon        = "ends-soon"
	Masters         = "masters"
	ModeOpen        = "mode-open"
	FolderWritable  = "folder-writable"
	CAKeyHere       = "ca-key-here"
	LeafIsCA        = "leaf-is-ca"
	DuplicateSerial = "duplicate-serial"

	nodeUnknown   = "node-unknown"
	otherCA       = "other-ca"
	allowedNames  = "allowed-names"
	caKeyAway     = "ca-key-away"
	caKeyLocked   = "ca-key-encrypted"
	caSignsTokens = "ca-signs-tokens"
	trustNarrow   = "trust-narrow"
	rotation      = "rotation"
	textDiffers   = "text-differs"
	textMissing   = "text-missing"
	sumsDiffer    = "sums-differ"
)
