package main

import (
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// profiles answers with Go's profiles (/debug/pprof/) at an address of this machine,
// until the function it gives is called. They show the names of functions and how much
// each took, nothing of the data; beyond this machine they are nobody's business, so
// that another address is refused: Invalid "profiles.address".
func profiles(addr string) (stop func(), err error) {
	refused := func(err error) (func(), error) {
		return nil, &spatial.Error{Op: "show profiles", Kind: spatial.Invalid, Code: "profiles.address", Args: map[string]any{"addr": addr}, Err: err}
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return refused(err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return refused(nil)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return refused(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // nothing of the command depends on it
	}()
	return func() {
		_ = server.Close() // a profile that is being taken ends with the command
		<-done
	}, nil
}
