package spatial

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind says what a caller can do about an error. The HTTP edge alone maps kinds
// to status codes.
type Kind uint8

const (
	Internal     Kind = iota // our fault; the text is never shown to the public
	NotFound                 // no such thing
	Invalid                  // the input is wrong; the sender can mend it
	Conflict                 // it contradicts what is stored
	Precondition             // the caller saw an older version
	Required                 // a precondition must be stated and was not
	Denied                   // not for this caller
	TooLarge                 // over a stated bound
	Limited                  // too many requests
	Unavailable              // a part is away; try again
)

var kindNames = [...]string{"internal", "notFound", "invalid", "conflict", "precondition", "preconditionRequired", "denied", "tooLarge", "limited", "unavailable"}

// String is the kind's name as it stands in problem documents.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is the one error type. Code names the problem for the text tables of the
// edge ("crs.unknown"), Args fill the text in, Subject is the thing concerned
// (a file, a layer, a record), Op what was being done, Err the cause.
type Error struct {
	Op      string
	Kind    Kind
	Code    string
	Args    map[string]any
	Subject string
	Err     error
}

// Error is for logs and terminals, in English: op, subject, code, args, cause.
func (e *Error) Error() string {
	var b strings.Builder
	for _, s := range []string{e.Op, e.Subject, e.Code} {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(s)
	}
	if len(e.Args) > 0 {
		b.WriteString(" (")
		for i, k := range slices.Sorted(maps.Keys(e.Args)) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s=%v", k, e.Args[k])
		}
		b.WriteString(")")
	}
	if e.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in err's chain; Internal where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf is the code of the first *Error in err's chain that has one.
func CodeOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Code != "" {
			return e.Code
		}
		err = e.Err
	}
	return ""
}
