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

// Used is a pack in use, and where it comes from.
type Used struct {
	planning.Pack
	Loaded int // its place among the loaded that were given; -1 = it comes with the program
}

// Packs are the packs that hold at a place on a day where these are loaded, the
// program's first. A loaded pack that cannot be read, or not be used beside those
// before it, is left out and told by its code; where it would stand in place of one
// of the program's, this one holds. on "" = today; the days of loaded packs are those
// of their records, so all that are given hold.
func (s *Shelf) Packs(p spatial.Place, on spatial.Date, loaded []planning.Loaded) (packs []Used, unread map[string]error) {
	unread = map[string]error{}
	order := make([]int, len(loaded))
	for i := range order {
		order[i] = i
	}
	// Those in place of the program's come before what is beside them.
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := loaded[a].Code, loaded[b].Code
		if inPlace := s.shipped(x) != nil; inPlace != (s.shipped(y) != nil) {
			if inPlace {
				return -1
			}
			return 1
		}
		return strings.Compare(x, y)
	})
	for i := range s.own {
		o := &s.own[i]
		if (!o.demo || p.Demo) && o.pack.Valid.Holds(on) {
			packs = append(packs, Used{o.pack, -1})
		}
	}
	taken := map[string]bool{}
	for _, i := range order {
		l := &loaded[i]
		if taken[l.Code] {
			unread[l.Code] = refusal(spatial.Conflict, "use a rule pack", "rules.again", l.Code, args{"pack": l.Code})
			continue
		}
		pack, err := s.admit(l)
		if err == nil {
			var with []Used
			with, err = beside(packs, Used{pack, i})
			if err == nil {
				packs, taken[l.Code] = with, true
				continue
			}
		}
		unread[l.Code] = err
	}
	return packs, unread
}

// admit reads a loaded pack; one of the code of one that comes with the program must
// hold where that does.
func (s *Shelf) admit(l *planning.Loaded) (planning.Pack, error) {
	if o := s.shipped(l.Code); o != nil && planning.Applied(l.Applies) != planning.Applied(o.Communes) {
		return planning.Pack{}, refusal(spatial.Conflict, "use a rule pack", "rules.reach", l.Code, args{"pack": l.Code})
	}
	return s.load(l)
}

// shipped is the program's pack of a code; nil = none.
func (s *Shelf) shipped(code string) *planning.Pack {
	for i := range s.own {
		if s.own[i].pack.ID == code {
			return &s.own[i].pack
		}
	}
	return nil
}

// beside puts a pack in place of the one of its code, else after the others, and
// tries them together.
func beside(packs []Used, x Used) ([]Used, error) {
	with := append(slices.Clone(packs), x)
	if i := slices.IndexFunc(packs, func(p Used) bool { return p.ID == x.ID }); i >= 0 {
		with = with[:len(packs)]
		with[i] = x
	}
	_, err := planning.Compile(bare(with))
	return with, err
}

func bare(used []Used) []planning.Pack {
	out := make([]planning.Pack, len(used))
	for i := range used {
		out[i] = used[i].Pack
	}
	return out
}

func refusal(kind spatial.Kind, op, code, subject string, a args) *spatial.Error {
	return &spatial.Error{Op: op, Kind: kind, Code: code, Subject: subject, Args: a}
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
	r, _ = planning.Compile(bare(packs)) // each was tried beside those before it
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
