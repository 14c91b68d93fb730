package scan

// Oddity is one thing about the bytes of a file. Code is the id of the check
// that finds it; Detail says more: a line, a count, the reason.
type Oddity struct {
	Code   string
	Detail string
}

// The codes of what is odd about bytes.
const (
	Unreadable     = "file-unreadable"
	HiddenFolder   = "folder-hidden"
	Empty          = "file-empty"
	TooLarge       = "file-too-large"
	LinkLoop       = "link-loop"
	LinkDangling   = "link-dangling"
	PEMBroken      = "pem-broken"
	PEMAccident    = "pem-accident"
	KeyEncrypted   = "key-encrypted"
	HugeKey        = "huge-key"
	CFSSLJSON      = "cfssl-json"
	ConfigBroken   = "kubeconfig-broken"
	ConfigScheme   = "kubeconfig-scheme"
	ConfigInsecure = "kubeconfig-insecure"
	ConfigOther    = "kubeconfig-other"
	TokenForm      = "token-format"
	SetAside       = "set-aside" // somebody kept the file from before
	NotRecognised  = "not-recognised"
)
