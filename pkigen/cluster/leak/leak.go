// Package leak has the words for what becomes of a cluster where somebody else has a
// private key of it. What is true of which key is a field of its catalog entry.
package leak

// By is what shuts the holder of a key out.
type By string

// The ways. A new CA, or a new key pair in place of the old one, shuts everybody out;
// where nothing else does, it is what is left.
const (
	DenyList By = "the deny list of kube-apiserver"
	CRL      By = "the CRL of etcd's clients"
	Rotation By = "another CA or key pair in its place"
	Deletion By = "deleting it in the cluster"
)

// Listed reports whether a list shuts it out, and nothing has to be signed again for it.
func (b By) Listed() bool { return b == DenyList || b == CRL }

// Facts are what is known of a leaked key. NODE stands for the node that it names.
type Facts struct {
	By   By
	Soon string   // how fast it is shut out by that
	Else []string // what shuts it out besides
	Not  []string // what one could think of, and does not help
	Look []string // what its holder may have left, and how one sees it
}
