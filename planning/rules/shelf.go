package rules

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// Shelf gives the rules that hold somewhere: the packs that come with the program
// and those that were loaded into a store. A loaded pack takes the place of the
// program's of the same code, which must hold in the same communes: so what a pack
// bears on is told by its record. It is safe for concurrent use.
type Shelf struct {
	own []shipped

	mu   sync.Mutex
	read map[[sha256.Size]byte]readPack
	made map[[sha256.Size]byte]planning.Rules
}

// shipped is a pack that comes with the program.
type shipped struct {
	pack planning.Pack
	demo bool // for the demonstration city alone
}

type readPack struct {
	pack planning.Pack
	err  error
}

// Bounds of what a shelf keeps: some days' worth of packs.
const (
	mostRead = 64
	mostMade = 16
)

// NewShelf reads the packs that come with the program; its error is a fault of the
// build.
func NewShelf() (*Shelf, error) {
	national, err := National()
	if err != nil {
		return nil, err
	}
	demo, err := Demo()
	if err != nil {
		return nil, err
	}
	s := &Shelf{own: []shipped{{national, false}, {demo, true}}, read: map[[sha256.Size]byte]readPack{}, made: map[[sha256.Size]byte]planning.Rules{}}
	_, err = planning.Compile([]planning.Pack{national, demo})
	return s, err
}

// Packs are the packs that hold at a place on a day where these are loaded, the
// program's first. A loaded pack that cannot be read, or not be used beside those
// before it, is left out and told by its code. on "" = today; the days of loaded
// packs are those of their records, so all that are given hold.
func (s *Shelf) Packs(p spatial.Place, on spatial.Date, loaded []planning.Loaded) (packs []planning.Pack, unread map[string]error) {
	loaded = slices.Clone(loaded)
	slices.SortStableFunc(loaded, func(a, b planning.Loaded) int { return strings.Compare(a.Code, b.Code) })
	fail := func(code string, err error) {
		if unread == nil {
			unread = map[string]error{}
		}
		unread[code] = err
	}
	replaced := map[string]bool{}
	for i := range s.own {
		o := &s.own[i].pack
		for _, l := range loaded {
			if l.Code != o.ID {
				continue
			}
			if planning.Applied(l.Applies) == planning.Applied(o.Communes) {
				replaced[o.ID] = true
			} else {
				fail(l.Code, &spatial.Error{Op: "use a rule pack", Kind: spatial.Conflict, Code: "rules.reach", Subject: l.Code, Args: args{"pack": l.Code}})
			}
		}
	}
	for i := range s.own {
		o := &s.own[i]
		if !replaced[o.pack.ID] && (!o.demo || p.Demo) && o.pack.Valid.Holds(on) {
			packs = append(packs, o.pack)
		}
	}
	var extra []planning.Pack
	for i := range loaded {
		if unread[loaded[i].Code] != nil {
			continue
		}
		pack, err := s.load(&loaded[i])
		if err != nil {
			fail(loaded[i].Code, err)
			continue
		}
		extra = append(extra, pack)
	}
	for _, x := range extra {
		with := append(slices.Clip(packs), x)
		if _, err := planning.Compile(with); err != nil {
			fail(x.ID, err)
			continue
		}
		packs = with
	}
	return packs, unread
}

// Rules are the same ready for use. Packs that cannot be used are a finding of every
// answer.
func (s *Shelf) Rules(p spatial.Place, on spatial.Date, loaded []planning.Loaded) planning.Rules {
	key := setOf(p, on, loaded)
	s.mu.Lock()
	r, ok := s.made[key]
	s.mu.Unlock()
	if ok {
		return r
	}
	packs, unread := s.Packs(p, on, loaded)
	r, _ = planning.Compile(packs) // each was tried beside those before it
	if len(unread) > 0 {
		codes := make([]string, 0, len(unread))
		for code := range unread {
			codes = append(codes, code)
		}
		slices.Sort(codes)
		r = r.Without(codes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) >= mostMade {
		clear(s.made)
	}
	s.made[key] = r
	return r
}

// setOf names a place's rules: what Rules depends on.
func setOf(p spatial.Place, on spatial.Date, loaded []planning.Loaded) [sha256.Size]byte {
	h := sha256.New()
	write := func(s string) { // with its length, so that no two lists run together
		n := len(s)
		h.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
		h.Write([]byte(s))
	}
	if p.Demo {
		write("demo")
	}
	write(string(on))
	for i := range loaded {
		l := &loaded[i]
		write(l.Code)
		write(l.Version)
		write(strings.Join(l.Applies, ","))
		write(l.Body)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// errMismatch says that a record and the pack in it are not of one mind.
var errMismatch = errors.New("the record's code, version or communes are not those of its pack")

// load reads a loaded pack once.
func (s *Shelf) load(l *planning.Loaded) (planning.Pack, error) {
	key := sha256.Sum256([]byte(l.Body))
	s.mu.Lock()
	r, ok := s.read[key]
	s.mu.Unlock()
	if !ok {
		r.pack, r.err = Read(l.Code, []byte(l.Body))
		s.mu.Lock()
		if len(s.read) >= mostRead {
			clear(s.read)
		}
		s.read[key] = r
		s.mu.Unlock()
	}
	if r.err != nil {
		return planning.Pack{}, r.err
	}
	if r.pack.ID != l.Code || r.pack.Version != l.Version || planning.Applied(r.pack.Communes) != planning.Applied(l.Applies) {
		return planning.Pack{}, errMismatch
	}
	return r.pack, nil
}
