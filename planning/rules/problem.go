package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// mostProblems bounds what is told about one file.
const mostProblems = 200

// Problem is one thing wrong with a pack, and where.
type Problem struct {
	Line, Column int // from 1; columns count characters
	Code         string
	Args         map[string]any
}

// In is the problem as an error about a place in a named file.
func (p Problem) In(name string) *spatial.Error {
	return &spatial.Error{Op: "read a rule pack", Kind: spatial.Invalid, Code: p.Code, Args: p.Args, Subject: fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column)}
}

// Problems are all that is wrong with a pack, in the order of the file.
type Problems []Problem

// Error is for logs: each problem on its line.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d:%d: %s", p.Line, p.Column, p.Code)
		if len(p.Args) > 0 {
			fmt.Fprintf(&b, " %v", p.Args)
		}
	}
	return b.String()
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}
