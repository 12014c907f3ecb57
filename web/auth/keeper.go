package auth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
)

// Store is what this package needs of a store; NotFound where there is no such
// valid key or session.
type Store interface {
	KeyByHash(ctx context.Context, hash string) (access.Key, error)
	SessionKey(ctx context.Context, hash string) (access.Key, error)
	PutSession(ctx context.Context, s access.Session) error
	DeleteSession(ctx context.Context, hash string) error
}

// Config is how a Keeper is made.
type Config struct {
	Store  Store
	Now    func() time.Time // nil = time.Now
	Public *url.URL         // the server's public address; nil = whatever Host a request names, plain http
	// Fresh is for how long a key that was found valid is not looked up again, so
	// the longest a revoked key lives on; 0 = 3 s.
	Fresh time.Duration
	// Stale is for how long it goes on counting as valid while the store is away;
	// 0 = 5 min.
	Stale time.Duration
	// Session is how long a session lasts; 0 = 12 h.
	Session time.Duration
}

// Keeper tells callers. It is safe for many goroutines.
type Keeper struct {
	cfg Config

	mu    sync.Mutex
	known map[string]found // by kind and hash
}

type found struct {
	key access.Key
	at  time.Time
}

// most bounds how many valid keys are remembered.
const most = 4096

// New is a keeper over a store.
func New(cfg Config) *Keeper {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Fresh == 0 {
		cfg.Fresh = 3 * time.Second
	}
	if cfg.Stale == 0 {
		cfg.Stale = 5 * time.Minute
	}
	if cfg.Session == 0 {
		cfg.Session = 12 * time.Hour
	}
	return &Keeper{cfg: cfg, known: map[string]found{}}
}

type callerKey struct{}

// With is ctx with a caller.
func With(ctx context.Context, c access.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Of is the caller of a request's context; the public where there is none.
func Of(ctx context.Context) access.Caller {
	if c, ok := ctx.Value(callerKey{}).(access.Caller); ok {
		return c
	}
	return access.Anyone()
}

// Require is an error unless a caller has a permission: Denied "auth.required" for
// nobody, "auth.denied" (args permission) for somebody.
func Require(who access.Caller, p access.Permission) error {
	switch {
	case who.May(p):
		return nil
	case who.Key == 0:
		return &spatial.Error{Op: "ask", Kind: spatial.Denied, Code: "auth.required"}
	}
	return &spatial.Error{Op: "ask", Kind: spatial.Denied, Code: "auth.denied", Args: map[string]any{"permission": string(p)}}
}

func refused(code string) error {
	return &spatial.Error{Op: "tell the caller", Kind: spatial.Denied, Code: code}
}

// Caller tells who sends r. A bearer key that is not valid is Denied
// "auth.unknownKey", one that is not a key at all "auth.malformed"; a session
// that is over is the public. An unsafe request with a session must come from our
// own pages, else Denied "auth.crossSite".
func (k *Keeper) Caller(r *http.Request) (access.Caller, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		secret = strings.TrimSpace(secret)
		if !strings.EqualFold(scheme, "Bearer") || !shaped(secret) {
			return access.Anyone(), refused("auth.malformed")
		}
		key, err := k.byKey(r.Context(), secret)
		if err != nil {
			return access.Anyone(), err
		}
		return caller(key), nil
	}
	c, err := r.Cookie(k.cookieName())
	if err != nil || !shaped(c.Value) {
		return access.Anyone(), nil
	}
	key, err := k.find(r.Context(), "session", c.Value, k.cfg.Store.SessionKey)
	if spatial.KindOf(err) == spatial.NotFound {
		return access.Anyone(), nil
	}
	if err != nil {
		return access.Anyone(), err
	}
	if !safe(r.Method) && !k.sameOrigin(r) {
		return access.Anyone(), refused("auth.crossSite")
	}
	return caller(key), nil
}

func caller(k access.Key) access.Caller { return access.Caller{Name: k.Name, Role: k.Role, Key: k.ID} }

func (k *Keeper) byKey(ctx context.Context, secret string) (access.Key, error) {
	key, err := k.find(ctx, "key", secret, k.cfg.Store.KeyByHash)
	if spatial.KindOf(err) == spatial.NotFound {
		return key, refused("auth.unknownKey")
	}
	return key, err
}

// Query tells the caller by the parameter "key", which tiles and styles alone
// take: only a key that is bound to web origins counts, and only from one of
// them. Without the parameter it is the request's own caller.
func (k *Keeper) Query(r *http.Request) (access.Caller, error) {
	secret := r.URL.Query().Get("key")
	if secret == "" {
		return Of(r.Context()), nil
	}
	if !shaped(secret) {
		return access.Anyone(), refused("auth.malformed")
	}
	key, err := k.byKey(r.Context(), secret)
	if err != nil {
		return access.Anyone(), err
	}
	from := r.Header.Get("Origin")
	if from == "" {
		if u, err := url.Parse(r.Header.Get("Referer")); err == nil && u.Host != "" {
			from = u.Scheme + "://" + u.Host
		}
	}
	for _, o := range key.Origins {
		if strings.EqualFold(strings.TrimSuffix(o, "/"), from) {
			return caller(key), nil
		}
	}
	return access.Anyone(), refused("auth.origin")
}

// find looks a secret up by its hash. Only what was found is remembered, so a
// flood of wrong keys fills nothing.
func (k *Keeper) find(ctx context.Context, kind, secret string, look func(context.Context, string) (access.Key, error)) (access.Key, error) {
	hash := access.Hash(secret)
	name, now := kind+hash, k.cfg.Now()
	k.mu.Lock()
	f, ok := k.known[name]
	k.mu.Unlock()
	if ok && now.Sub(f.at) < k.cfg.Fresh {
		return f.key, nil
	}
	key, err := look(ctx, hash)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil:
		if len(k.known) >= most {
			clear(k.known)
		}
		k.known[name] = found{key, now}
		return key, nil
	case spatial.KindOf(err) == spatial.NotFound:
		delete(k.known, name)
		return access.Key{}, err
	case ok && now.Sub(f.at) < k.cfg.Stale:
		return f.key, nil
	}
	return access.Key{}, &spatial.Error{Op: "tell the caller", Kind: spatial.Unavailable, Code: "auth.away", Err: err}
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sameOrigin reports whether a browser sent r from one of our own pages.
func (k *Keeper) sameOrigin(r *http.Request) bool {
	if o := r.Header.Get("Origin"); o != "" {
		return k.ours(r, o)
	}
	return r.Header.Get("Sec-Fetch-Site") == "same-origin"
}

func (k *Keeper) ours(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if p := k.cfg.Public; p != nil {
		return strings.EqualFold(u.Scheme, p.Scheme) && strings.EqualFold(u.Host, p.Host)
	}
	return strings.EqualFold(u.Host, r.Host)
}
