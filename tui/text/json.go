package text

import (
	"bytes"
	"encoding/json"
	"io"

	"certwright/pkigen/cluster/visible"
)

// JSON prints a value for machines: indented, without HTML escapes. People read it on a
// terminal too, so that what would act there is escaped.
func JSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(visible.JSON(b.Bytes()))
	return err
}
