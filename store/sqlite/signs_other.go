//go:build !linux

package sqlite

import (
	"errors"
	"os"
)

func signsOf(string) (*os.File, error) { return nil, errors.ErrUnsupported }
