package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// console is what a command has of the world besides the store: where its words
// go, in which language, and the clock.
type console struct {
	out, err io.Writer
	lang     string // "vi" or "en"
	terminal bool   // err is a terminal: progress can be drawn
	env      func(string) string
	now      func() time.Time
}

// system is the process's own console.
func system() *console {
	return &console{out: os.Stdout, err: &oneAtATime{w: os.Stderr}, lang: language(os.Getenv),
		terminal: term.IsTerminal(int(os.Stderr.Fd())), env: os.Getenv, now: time.Now}
}

// language is that of the messages, from the variables every program reads.
func language(env func(string) string) string {
	for _, v := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if l := env(v); l != "" {
			if strings.HasPrefix(strings.ToLower(l), "vi") {
				return "vi"
			}
			return "en"
		}
	}
	return "en"
}

// in chooses the text of the console's language.
func (c *console) in(vi, en string) string {
	if c.lang == "vi" {
		return vi
	}
	return en
}

// say prints one line of result.
func (c *console) say(vi, en string, args ...any) {
	fmt.Fprintf(c.out, c.in(vi, en)+"\n", args...)
}

// note prints one line that is not a result.
func (c *console) note(vi, en string, args ...any) {
	fmt.Fprintf(c.err, c.in(vi, en)+"\n", args...)
}

// failed tells an error: what and where in words, and what to do about it.
func (c *console) failed(err error) {
	fmt.Fprintf(c.err, "langbiang: %s\n", c.explain(err))
}

// misused tells an error in the command line itself.
func (c *console) misused(err error) {
	c.failed(err)
	c.note("Xem: langbiang --help, hoặc --help sau một lệnh.", "See: langbiang --help, or --help after a command.")
}

// oneAtATime keeps lines of several goroutines whole.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(p)
}
