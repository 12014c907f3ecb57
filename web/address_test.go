package web

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer string
		hops []string
		want string
	}{
		{"203.0.113.5:80", nil, "203.0.113.5"},
		{"203.0.113.5:80", []string{"198.51.100.1"}, "203.0.113.5"}, // nobody we know said so
		{"10.0.0.1:80", nil, "10.0.0.1"},
		{"10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"1.1.1.1, 198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"1.1.1.1", "198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"10.1.1.1, 10.2.2.2"}, "10.1.1.1"},
		{"10.0.0.1:80", []string{"198.51.100.1, garbage"}, "10.0.0.1"},
		{"10.0.0.1:80", []string{"garbage, 10.9.9.9"}, "10.9.9.9"},
		{"10.0.0.1:80", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"10.0.0.1:80", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"10.0.0.1:80", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[fd00::1]:80", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[::ffff:10.0.0.1]:80", []string{"198.51.100.1"}, "198.51.100.1"},
		{"@", []string{"198.51.100.1"}, "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.hops {
			r.Header.Add("X-Forwarded-For", h)
		}
		if got := clientAddress(r, trusted).String(); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.peer, c.hops, got, c.want)
		}
	}
}

func TestTheLimiterForgetsTheLeastRecent(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(Limit{PerSecond: 1, Burst: 1, Clients: 2}, func() time.Time { return now })
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	for _, step := range []struct {
		who  netip.Addr
		wait bool
	}{{a, false}, {b, false}, {a, true}, {c, false}, {a, true}, {b, false}} {
		if wait := l.take(step.who, 1) > 0; wait != step.wait {
			t.Errorf("%s waits: %v", step.who, wait)
		}
		if len(l.clients) > 2 || l.recent.Len() != len(l.clients) {
			t.Fatalf("%d clients remembered", len(l.clients))
		}
	}
}

func TestLogsHoldNoSecrets(t *testing.T) {
	for raw, want := range map[string]string{"": "", "a=1": "a=1", "key=lb_x&a=1": "…&a=1", "%6Bey=lb_x": "…", "KEY=x": "…", "a=1;key=x": "a=1&…", "api_key=1&token=2": "…&…", "%zz=lb_x": "…"} {
		if got := withoutSecrets(raw); got != want {
			t.Errorf("%q is logged as %q", raw, got)
		}
	}
}
