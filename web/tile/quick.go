package tile

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
)

// lists remembers the layers of lists of names that were asked for: they are few, and
// asked for with every tile. What it gives is not to be written to.
type lists struct {
	mu    sync.RWMutex
	known map[string][]tiles.Layer
}

// mostLists bounds how many are remembered.
const mostLists = 256

func (l *lists) look(names string) ([]tiles.Layer, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	found, ok := l.known[names]
	return found, ok
}

func (l *lists) find(all []tiles.Layer, names string) ([]tiles.Layer, error) {
	if found, ok := l.look(names); ok {
		return found, nil
	}
	found, err := tiles.Find(all, strings.Split(names, ","))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = map[string][]tiles.Layer{}
	}
	if len(l.known) >= mostLists { // by somebody who tries every order
		clear(l.known)
	}
	l.known[strings.Clone(names)] = found
	return found, nil
}

// hidden is the first of the layers that the view's tier may not see; -1 = none.
func hidden(v index.View, layers []tiles.Layer) int {
	for i := range layers {
		if !v.Has(layers[i].Source) {
			return i
		}
		for _, also := range layers[i].Also {
			if !v.Has(also) {
				return i
			}
		}
	}
	return -1
}

// Kept is a tile that needs nothing made: Send sends it.
type Kept struct {
	tile     tiles.Tile
	encoding tiles.Encoding
	tier     spatial.Tier
	same     bool // the client has it
	named    string
}

// Kept finds the tile that a request asks for, where it asks in the plain way, is
// granted what it asks for, and the tile is kept. Where it says false the handler has
// the answer.
func (s *Server) Kept(r *http.Request, v index.View) (k Kept, ok bool) {
	path, ok := strings.CutPrefix(r.URL.Path, "/tiles/")
	if !ok || r.URL.RawQuery != "" || r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 {
		return k, false
	}
	if path, ok = strings.CutSuffix(path, ".mvt"); !ok {
		return k, false
	}
	path, y := cutLast(path)
	path, x := cutLast(path)
	names, z := cutLast(path)
	layers, ok := s.known.look(names)
	if !ok || hidden(v, layers) >= 0 || s.Ready() != nil {
		return k, false
	}
	at, err := tiles.ParseCoord(z, x, y)
	if err != nil {
		return k, false
	}
	k.encoding, k.tier = choose(r.Header.Get("Accept-Encoding")), v.Tier()
	asked := r.Header.Get("If-None-Match")
	if k.tile, ok = s.Cache.Look(v, layers, at, k.encoding); !ok || len(k.tile.Bytes) == 0 {
		return k, false
	}
	k.named = `"` + k.tile.Tag + mark(k.encoding) + `"`
	if asked != "" {
		if !strings.Contains(asked, k.named) {
			return k, false
		}
		k.same = true
	}
	s.Cache.Hit()
	return k, true
}

func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path
	}
	return path[:i], path[i+1:]
}

// Send answers with the tile and gives the status.
func (k Kept) Send(w http.ResponseWriter) int {
	send(w, k.tile, k.encoding, k.tier, k.named, k.same)
	if k.same {
		return http.StatusNotModified
	}
	return http.StatusOK
}

// Size is the number of bytes that Send sends as a body.
func (k Kept) Size() int64 {
	if k.same {
		return 0
	}
	return int64(len(k.tile.Bytes))
}

// send answers with a tile that is not empty; without its bytes where they are the
// same that the client has.
func send(w http.ResponseWriter, t tiles.Tile, encoding tiles.Encoding, tier spatial.Tier, named string, same bool) {
	h := w.Header()
	cacheable(h, tier)
	h["Etag"] = []string{named}
	if same {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = []string{mediaType}
	if encoding != tiles.Plain {
		h["Content-Encoding"] = []string{encoding.String()}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(t.Bytes))}
	_, _ = w.Write(t.Bytes) // the client is gone: nobody is left to tell
}

// cacheable says how long an answer may be kept, and for whom.
func cacheable(h http.Header, tier spatial.Tier) {
	if tier == spatial.TierPublic {
		h["Cache-Control"] = []string{"no-cache"}
		return
	}
	h["Cache-Control"] = []string{"private, no-cache"}
	h.Add("Vary", "Authorization, Cookie")
}
