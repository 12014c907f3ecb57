package main

import (
	"fmt"
	"runtime"
)

type versionCmd struct{}

// Help is the command's manual.
func (versionCmd) Help() string {
	return `One line: the version, the Go release it was built with, and the machine.`
}

// Run prints it.
func (versionCmd) Run(c *console) error {
	_, err := fmt.Fprintf(c.out, "langbiang %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
