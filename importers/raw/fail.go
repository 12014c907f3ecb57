package raw

import (
	"errors"
	"io/fs"

	"github.com/langbiang/langbiang/spatial"
)

// Fail makes the error of a reader: op "read a shapefile", code and its args in
// pairs ("offset", 12). subject is the file concerned.
func Fail(op string, kind spatial.Kind, code, subject string, pairs ...any) *spatial.Error {
	e := &spatial.Error{Op: op, Kind: kind, Code: code, Subject: subject}
	if len(pairs) > 0 {
		e.Args = make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			e.Args[pairs[i].(string)] = pairs[i+1]
		}
	}
	return e
}

// FileError tells a file that is not there ("file.unknown", NotFound) from a
// file system that failed ("file.unreadable", Unavailable). An error that is a
// *spatial.Error already stays as it is.
func FileError(op, subject string, err error) error {
	var known *spatial.Error
	if errors.As(err, &known) {
		return err
	}
	e := &spatial.Error{Op: op, Kind: spatial.Unavailable, Code: "file.unreadable", Subject: subject, Err: err}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		e.Kind, e.Code = spatial.NotFound, "file.unknown"
	}
	return e
}
