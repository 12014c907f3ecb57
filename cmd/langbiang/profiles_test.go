package main

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

func TestProfilesAreOfThisMachineAlone(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "localhost:0", "127.0.0.1", "127.0.0.1:none"} {
		stop, err := profiles(addr)
		var e *spatial.Error
		if !errors.As(err, &e) || e.Code != "profiles.address" || e.Args["addr"] != addr {
			t.Errorf("%s: %v", addr, err)
		}
		if err == nil {
			stop()
		}
	}
}

func TestProfilesAreShownUntilTheEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	stop, err := profiles(addr)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Get("http://" + addr + "/debug/pprof/heap")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("heap: %s", res.Status)
	}
	stop()
	if res, err := http.Get("http://" + addr + "/debug/pprof/heap"); err == nil {
		res.Body.Close()
		t.Error("profiles are shown after the end")
	}
}
