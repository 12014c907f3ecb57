//go:build bench

package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// sections of the report, as they stand in it. Each part of the measuring writes its own
// and leaves the others as they are.
func sections() []string {
	return []string{"Import", "Serving", "Tiles", "A click beside PostGIS", "A million parcels", "Profiles", "An edit, seen"}
}

// page is a page of the report: what stands above the first section, and the sections.
type page struct {
	head  string
	names []string
	texts map[string]string
}

func readPage(t *testing.T, path string) page {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	parts := strings.Split("\n"+string(text), "\n## ")
	p := page{head: strings.TrimSpace(parts[0]), texts: map[string]string{}}
	for _, s := range parts[1:] {
		name, body, _ := strings.Cut(s, "\n")
		p.set(name, body)
	}
	return p
}

// set puts a section in the place of the one that is there, else in its order.
func (p *page) set(name, body string) {
	p.texts[name] = strings.TrimSpace(body)
	if slices.Contains(p.names, name) {
		return
	}
	at := func(n string) int { return slices.Index(sections(), n) }
	i := len(p.names)
	for i > 0 && at(p.names[i-1]) > at(name) {
		i--
	}
	p.names = slices.Insert(p.names, i, name)
}

func (p *page) write(t *testing.T, path string) {
	text := p.head + "\n"
	for _, n := range p.names {
		text += "\n## " + n + "\n\n" + p.texts[n] + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s is written", path)
}

// part is one section being written.
type part struct {
	t    *testing.T
	b    strings.Builder
	from time.Time
}

func begin(t *testing.T) *part { return &part{t: t, from: time.Now()} }

func (s *part) line(format string, args ...any) { fmt.Fprintf(&s.b, format+"\n", args...) }

// goal says what was to be reached and whether it was.
func (s *part) goal(what string, met bool, format string, args ...any) {
	s.line("- %s: %s, %s", what, fmt.Sprintf(format, args...), verdict(met))
}

// done puts the section into a page, with what makes it anew, how long that took, and
// how busy the machine was.
func (s *part) done(path, name, test string, b *bench) {
	s.line("\n`%s`: %s on %d cores, %s; %s%s.", alone(test), time.Since(s.from).Round(time.Second), runtime.NumCPU(), time.Now().UTC().Format(time.DateOnly), b.version(), busy())
	p := readPage(s.t, path)
	p.set(name, s.b.String())
	p.write(s.t, path)
	s.t.Log("\n" + s.b.String())
}

// alone is the command that runs one part.
func alone(test string) string { return "make bench PARTS=" + test }

func verdict(ok bool) string {
	if ok {
		return "met"
	}
	return "**not met**"
}

// busy says how busy the machine was: the mean of the last minute and of the last 15,
// the measuring itself among it.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	f := strings.Fields(string(text))
	return ", load " + f[0] + " at the end, " + f[2] + " over 15 minutes"
}
