package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
)

// secure reports whether browsers reach us by https.
func (k *Keeper) secure() bool { return k.cfg.Public != nil && k.cfg.Public.Scheme == "https" }

// cookieName is the session cookie's name. __Host- binds it to this host alone,
// which browsers allow over https only.
func (k *Keeper) cookieName() string {
	if k.secure() {
		return "__Host-langbiang"
	}
	return "langbiang_session"
}

func (k *Keeper) cookie(value string, expires time.Time) *http.Cookie {
	c := &http.Cookie{Name: k.cookieName(), Value: value, Path: "/", Expires: expires, HttpOnly: true, Secure: k.secure(), SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// Login opens a session for a key: who it is, when it ends (UTC), and the cookie
// to set. A page of another site cannot open one: Denied "auth.crossSite".
func (k *Keeper) Login(ctx context.Context, r *http.Request, secret string) (access.Caller, time.Time, *http.Cookie, error) {
	none := func(err error) (access.Caller, time.Time, *http.Cookie, error) {
		return access.Anyone(), time.Time{}, nil, err
	}
	fromBrowser := r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
	if fromBrowser && !k.sameOrigin(r) && r.Header.Get("Sec-Fetch-Site") != "none" {
		return none(refused("auth.crossSite"))
	}
	if !shaped(secret) {
		return none(refused("auth.unknownKey"))
	}
	key, err := k.byKey(ctx, secret)
	if err != nil {
		return none(err)
	}
	if len(key.Origins) > 0 { // a read key of a web page is not a person
		return none(refused("auth.origin"))
	}
	token, expires := random(), k.cfg.Now().Add(k.cfg.Session).UTC().Truncate(time.Second)
	if err := k.cfg.Store.PutSession(ctx, access.Session{Hash: access.Hash(token), Key: key.ID, Expires: expires}); err != nil {
		return none(err)
	}
	return caller(key), expires, k.cookie(token, expires), nil
}

// Logout ends the request's session, if it has one, and gives the cookie that
// clears it. Whoever has the cookie may end the session.
func (k *Keeper) Logout(ctx context.Context, r *http.Request) (*http.Cookie, error) {
	if c, err := r.Cookie(k.cookieName()); err == nil && shaped(c.Value) {
		if r.Header.Get("Origin") != "" && !k.sameOrigin(r) {
			return nil, refused("auth.crossSite")
		}
		hash := access.Hash(c.Value)
		if err := k.cfg.Store.DeleteSession(ctx, hash); err != nil && spatial.KindOf(err) != spatial.NotFound {
			return nil, err
		}
		k.mu.Lock()
		delete(k.known, "session"+hash)
		k.mu.Unlock()
	}
	return k.cookie("", time.Unix(0, 0)), nil
}
