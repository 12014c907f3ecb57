package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/live"
)

func (tw *town) login(headers ...string) reply {
	return tw.ask(http.MethodPost, "/api/session", strings.NewReader(`{"key":"`+tw.keys[access.Editor]+`"}`), append([]string{"Content-Type", "application/json"}, headers...)...)
}

func TestBearerKeys(t *testing.T) {
	tw := newTown(t)
	if d := tw.get("/api/session", tw.as(access.Editor)...).json(t); d["role"] != "editor" || d["name"] != "key-editor" {
		t.Errorf("the editor is %v", d)
	}
	if d := tw.get("/api/session").json(t); d["role"] != "public" || d["name"] != nil {
		t.Errorf("nobody is %v", d)
	}
	for header, code := range map[string]string{"Bearer " + auth.NewSecret(): "auth.unknownKey", "Bearer x": "auth.malformed", "Bearer": "auth.malformed", "Basic dTpw": "auth.malformed",
		"Bearer lb_' OR 1=1 --": "auth.malformed", "Bearer " + access.Hash(tw.keys[access.Admin]): "auth.unknownKey"} {
		r := tw.get("/api/collections", "Authorization", header)
		r.problem(t, 401, code)
		if r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: no WWW-Authenticate", header)
		}
	}
}

func TestRevokedKeys(t *testing.T) {
	tw := newTown(t)
	if r := tw.get("/api/session", tw.as(access.Editor)...); r.StatusCode != 200 {
		t.Fatalf("%d", r.StatusCode)
	}
	in := tw.login()
	cookie := strings.SplitN(in.Header.Get("Set-Cookie"), ";", 2)[0]
	if d := tw.get("/api/session", "Cookie", cookie).json(t); d["role"] != "editor" {
		t.Fatalf("the session is of %v", d)
	}
	if err := tw.store.RevokeKey(context.Background(), "key-editor"); err != nil {
		t.Fatal(err)
	}
	tw.clock.step(4 * time.Second)
	tw.get("/api/session", tw.as(access.Editor)...).problem(t, 401, "auth.unknownKey")
	if d := tw.get("/api/session", "Cookie", cookie).json(t); d["role"] != "public" {
		t.Errorf("the session of a revoked key is of %v", d)
	}
}

func TestSessions(t *testing.T) {
	tw := newTown(t)
	in := tw.login()
	d := in.json(t)
	set := in.Header.Get("Set-Cookie")
	if in.StatusCode != 200 || d["role"] != "editor" || d["expires"] == nil {
		t.Fatalf("%d %s", in.StatusCode, in.body)
	}
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	if strings.Contains(set, tw.keys[access.Editor]) || strings.Contains(set, "Secure") {
		t.Errorf("the cookie is %q", set)
	}
	cookie := strings.SplitN(set, ";", 2)[0]
	if d := tw.get("/api/session", "Cookie", cookie).json(t); d["role"] != "editor" {
		t.Errorf("the session is of %v", d)
	}
	host := strings.TrimPrefix(tw.srv.URL, "http://")
	// With a session, only our own pages may change anything.
	for _, headers := range [][]string{{}, {"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		tw.ask(http.MethodDelete, "/api/session", nil, append([]string{"Cookie", cookie}, headers...)...).problem(t, 403, "auth.crossSite")
	}
	tw.login("Origin", "https://evil.example").problem(t, 403, "auth.crossSite")
	if r := tw.login("Origin", "http://"+host); r.StatusCode != 200 {
		t.Errorf("our own page cannot log in: %d %s", r.StatusCode, r.body)
	}
	out := tw.ask(http.MethodDelete, "/api/session", nil, "Cookie", cookie, "Origin", "http://"+host)
	if out.StatusCode != 204 || !strings.Contains(out.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("logout: %d %v", out.StatusCode, out.Header)
	}
	if d := tw.get("/api/session", "Cookie", cookie).json(t); d["role"] != "public" {
		t.Errorf("after the logout it is of %v", d)
	}
}

func TestSessionsEnd(t *testing.T) {
	tw := newTown(t)
	cookie := strings.SplitN(tw.login().Header.Get("Set-Cookie"), ";", 2)[0]
	tw.clock.step(13 * time.Hour)
	if d := tw.get("/api/session", "Cookie", cookie).json(t); d["role"] != "public" {
		t.Errorf("after 13 hours it is of %v", d)
	}
}

func TestBadLogins(t *testing.T) {
	tw := newTown(t)
	post := func(body, media string) reply {
		return tw.ask(http.MethodPost, "/api/session", strings.NewReader(body), "Content-Type", media)
	}
	post(`{"key":"`+auth.NewSecret()+`"}`, "application/json").problem(t, 401, "auth.unknownKey")
	post(`{"key":"short"}`, "application/json").problem(t, 401, "auth.unknownKey")
	d := post(`{"key":""}`, "application/json").problem(t, 422, "body.invalid")
	if d["errors"] == nil {
		t.Errorf("no places: %v", d)
	}
	post(`{}`, "application/json").problem(t, 422, "body.invalid")
	post(`{"key":"x","more":1}`, "application/json").problem(t, 422, "body.invalid")
	post(`not json`, "application/json").problem(t, 400, "body.invalid")
	post(`<x/>`, "application/xml").problem(t, 415, "body.media")
	post(`{"key":"`+strings.Repeat("x", 5000)+`"}`, "application/json").problem(t, 413, "body.tooLarge")
	tw.ask(http.MethodPut, "/api/session", strings.NewReader("{}")).problem(t, 405, "route.method")
}

func TestSecureCookies(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) { c.Public, _ = url.Parse("https://map.example.vn") })
	set := tw.login("Origin", "https://map.example.vn").Header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "__Host-langbiang=") || !strings.Contains(set, "Secure") {
		t.Errorf("the cookie is %q", set)
	}
	tw.login("Origin", "http://map.example.vn").problem(t, 403, "auth.crossSite")
	if r := tw.get("/api"); !strings.Contains(string(r.body), "https://map.example.vn/api/collections") || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("links %s", r.body)
	}
}

func TestQueryKeys(t *testing.T) {
	tw := newTown(t)
	secret, free := auth.NewSecret(), tw.keys[access.Operator]
	if _, err := tw.store.PutKey(context.Background(), access.Key{Name: "tiles", Role: access.Planner, Hash: access.Hash(secret), Origins: []string{"https://gis.example.vn"}}); err != nil {
		t.Fatal(err)
	}
	k := auth.New(auth.Config{Store: tw.store, Now: tw.clock.now})
	for _, c := range []struct {
		key, origin, referer string
		role                 access.Role
		ok                   bool
	}{
		{"", "", "", access.Public, true},
		{secret, "https://gis.example.vn", "", access.Planner, true},
		{secret, "", "https://gis.example.vn/map?x=1", access.Planner, true},
		{secret, "https://evil.example", "", access.Public, false},
		{secret, "", "", access.Public, false},
		{free, "https://gis.example.vn", "", access.Public, false},
		{auth.NewSecret(), "https://gis.example.vn", "", access.Public, false},
		{"x", "https://gis.example.vn", "", access.Public, false},
	} {
		r, _ := http.NewRequest(http.MethodGet, "/tiles/x/1/1/1.mvt?key="+c.key, nil)
		r.Header.Set("Origin", c.origin)
		r.Header.Set("Referer", c.referer)
		who, err := k.Query(r)
		if who.Role != c.role || (err == nil) != c.ok {
			t.Errorf("%+v: %v, %v", c, who, err)
		}
	}
	// The interface itself takes no key in an address, and the log shows none.
	tw.get("/api/collections?key="+secret).problem(t, 400, "parameter.unknown")
	tw.ask(http.MethodPost, "/api/session", strings.NewReader(`{"key":"`+secret+`"}`), "Content-Type", "application/json").problem(t, 403, "auth.origin")
	tw.get("/static/x?%6bey=" + secret + "&a=1")
	if s := tw.logged(); strings.Contains(s, secret) {
		t.Errorf("the log holds the key: %s", s)
	}
}

func TestNewSecret(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		s := auth.NewSecret()
		if len(s) != 46 || !strings.HasPrefix(s, "lb_") || seen[s] {
			t.Fatalf("secret %q", s)
		}
		seen[s] = true
	}
}
