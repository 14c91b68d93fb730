package issue

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	cferr "github.com/cloudflare/cfssl/errors"
	cflog "github.com/cloudflare/cfssl/log"
)

// silence turns cfssl's log off, once for the process: it writes to stderr, into
// the middle of a full-screen program. Its level is an unguarded global, so it
// is set before cfssl is used for the first time and never again. Nothing is
// lost: what cfssl logs as an error it returns as well.
var silence = sync.OnceFunc(func() { cflog.Level = cflog.LevelFatal })

// guard calls cfssl, which panics on some inputs instead of returning an error
// (a subject that is not UTF-8, a host that is not ASCII), and writes its errors
// as JSON. what says what was tried: "sign the certificate".
func guard(what string, call func() error) (err error) {
	silence()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: cfssl cannot handle this input: %s", what, text(fmt.Sprint(r)))
		}
	}()
	if err := call(); err != nil {
		return fmt.Errorf("%s: %w", what, human(err))
	}
	return nil
}

// cfsslError is a finding of cfssl in words for people. The code stays: it is
// what one finds in cfssl's documentation and issues.
type cfsslError struct {
	code    int
	message string
}

// Error says the message and the code.
func (e *cfsslError) Error() string {
	if e.code == 0 {
		return e.message
	}
	return fmt.Sprintf("%s (cfssl %d)", e.message, e.code)
}

// human turns cfssl's errors, which are JSON texts, into sentences; all others
// stay as they are.
func human(err error) error {
	var ce *cferr.Error
	if errors.As(err, &ce) {
		return &cfsslError{ce.ErrorCode, text(ce.Message)}
	}
	if code, message, ok := unwrapJSON(err.Error()); ok {
		return &cfsslError{code, text(message)}
	}
	return err
}

// text takes the layers of JSON off a message of cfssl.
func text(message string) string {
	for {
		_, inner, ok := unwrapJSON(message)
		if !ok {
			return message
		}
		message = inner
	}
}

// unwrapJSON reads {"code":5100,"message":"..."}.
func unwrapJSON(s string) (code int, message string, ok bool) {
	var e struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(s), &e) != nil || e.Message == "" {
		return 0, "", false
	}
	return e.Code, e.Message, true
}
