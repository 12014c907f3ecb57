package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/remote"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/archive"
)

type serveCmd struct {
	Addr           string   `help:"Where to listen; port 0 takes a free one. Default: ${default}." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	PublicURL      string   `name:"public-url" help:"The address that people use, where a proxy stands in front: links, cookies and checks of origin are made of it." placeholder:"URL"`
	TrustedProxies []string `help:"Addresses or ranges of the proxies whose X-Forwarded-For is believed." placeholder:"CIDR"`
	CorsOrigins    []string `help:"Web origins whose pages may read the public answers. Default: ${default}." default:"*" placeholder:"ORIGIN"`
	AreaTolerance  float64  `help:"The share of a parcel's registered area by which the computed one may differ, as a number: 0.02. Default: what the program carries." placeholder:"SHARE"`
	Verbose        bool     `help:"Log every request on standard error, not only what goes wrong."`
	Archive        []string `help:"Baked tiles to serve besides, at /archives/NAME.pmtiles and /archives/NAME.json. A file, or an address that gives ranges. Can be given several times." placeholder:"NAME=FILE"`
	TileFolder     string   `help:"A folder in which finished public tiles are kept from one start to the next. None where left out." placeholder:"FOLDER" type:"path"`
	TileFolderSize string   `help:"How much that folder holds at most. Default: ${default}." default:"1GiB" placeholder:"BYTES"`
	UploadSize     string   `help:"How large the files may be that an editor imports in the browser, together; 0 = nothing is imported there. They wait in the system's temporary folder (TMPDIR). Default: ${default}." default:"256MiB" placeholder:"BYTES"`
	TileCache      string   `help:"Memory for finished tiles, which are kept until others need the room; 0 = each is made when it is asked for. Default: ${default}." default:"256MiB" placeholder:"BYTES"`
}

// Help is the command's manual.
func (serveCmd) Help() string {
	return `Opens the store (an embedded one is made or brought up to date), holds every
present record in memory, follows the store's log, and serves pages and API. When
ready it prints its address on standard output.

    langbiang serve
    langbiang serve --addr 127.0.0.1:0 --store postgres://langbiang@127.0.0.1/city
    langbiang serve --archive dalat=/srv/dalat.pmtiles
    langbiang serve --archive dalat=https://store.example.vn/dalat.pmtiles
    langbiang serve --public-url https://bando.dalat.example.vn --trusted-proxies 127.0.0.1

Another langbiang may import, edit or serve the same store at the same time; what
it writes is seen here at once. While PostgreSQL is away reading goes on from
memory, and writing is refused; /readyz says so.

Beyond this machine it should stand behind a proxy that speaks TLS. The first
interrupt (Ctrl-C, SIGTERM) lets requests in flight end, for at most 10 seconds, and
closes the store; the second ends at once. GOMEMLIMIT=1GiB in the environment bounds
the memory the runtime aims at: a million parcels need about that.`
}

// shutdownWait is how long requests in flight may take to end.
const shutdownWait = 10 * time.Second

// settings are how a server is set up, read from the flags.
type settings struct {
	public     *url.URL // nil = not said
	proxies    []netip.Prefix
	origins    []string
	tolerance  float64 // of areas, a share; 0 = what the program carries
	tiles      uint64  // bytes for finished tiles
	folder     string  // of tiles kept on disk; "" = none
	folderSize int64
	baked      map[string]string // archives: files or addresses, by name
	uploads    int64             // bytes of files handed over at once; 0 = none are taken
}

// settings reads the flags.
func (v serveCmd) settings() (settings, error) {
	bad := func(code, value string, cause error) (settings, error) {
		return settings{}, &spatial.Error{Op: "serve", Kind: spatial.Invalid, Code: code, Args: map[string]any{"value": value}, Err: cause}
	}
	var s settings
	if v.PublicURL != "" {
		u, err := url.Parse(v.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
			return bad("serve.publicURL", v.PublicURL, err)
		}
		s.public = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	for _, p := range v.TrustedProxies {
		if p == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			a, aerr := netip.ParseAddr(p)
			if aerr != nil {
				return bad("serve.proxies", p, err)
			}
			prefix = netip.PrefixFrom(a, a.BitLen())
		}
		s.proxies = append(s.proxies, prefix.Masked())
	}
	for _, o := range v.CorsOrigins {
		if o == "" {
			continue
		}
		u, err := url.Parse(o)
		if o != "*" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "") {
			return bad("serve.origin", o, err)
		}
		s.origins = append(s.origins, o)
	}
	for _, a := range v.Archive {
		if a == "" {
			continue
		}
		name, file, _ := strings.Cut(a, "=")
		if _, twice := s.baked[name]; twice || file == "" || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return bad("archive.name", a, nil)
		}
		if archive.IsAddress(file) {
			if err := remote.Check(file); err != nil {
				return settings{}, err
			}
		}
		if s.baked == nil {
			s.baked = map[string]string{}
		}
		s.baked[name] = file
	}
	n, err := humanize.ParseBytes(v.TileCache)
	if err != nil || n > 1<<46 {
		return bad("serve.bytes", v.TileCache, err)
	}
	s.tiles = n
	if s.tolerance = v.AreaTolerance; !(s.tolerance >= 0 && s.tolerance < 1) {
		return bad("area.tolerance", strconv.FormatFloat(v.AreaTolerance, 'g', -1, 64), nil)
	}
	if n, err = humanize.ParseBytes(v.UploadSize); err != nil || n > 1<<40 {
		return bad("serve.bytes", v.UploadSize, err)
	}
	s.uploads = int64(n)
	if s.folder = v.TileFolder; s.folder != "" {
		n, err := humanize.ParseBytes(v.TileFolderSize)
		if err != nil || n > 1<<46 {
			return bad("serve.bytes", v.TileFolderSize, err)
		}
		s.folderSize = int64(n)
	}
	return s, nil
}

// Run serves until ctx ends.
func (v serveCmd) Run(ctx context.Context, c *console, line *cli) error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	level := slog.LevelWarn
	if v.Verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
	store, err := openStore(ctx, line.Store, c, serving)
	if err != nil {
		return err
	}
	site, err := newSite(ctx, store, c, set, log)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", v.Addr)
	if err != nil {
		return errors.Join(&spatial.Error{Op: "serve", Kind: spatial.Unavailable, Code: "serve.address", Args: map[string]any{"addr": v.Addr}, Err: err}, store.Close())
	}
	server := web.Server(site.handler, log)
	server.RegisterOnShutdown(site.endStreams)

	work, end := context.WithCancel(context.WithoutCancel(ctx))
	failed := make(chan error, 1+len(site.workers))
	var running sync.WaitGroup
	for _, w := range site.workers {
		running.Go(func() {
			if err := guarded(work, w); err != nil {
				failed <- err
			}
		})
	}
	go func() { failed <- server.Serve(listener) }()
	c.say("Đang phục vụ tại http://%s", "Serving at http://%s", listener.Addr())

	var broke error
	select {
	case broke = <-failed: // nobody asked for an end
	case <-ctx.Done():
	}
	err = errors.Join(broke, shutDown(server, log))
	end()
	running.Wait()
	site.close()
	return errors.Join(err, store.Close())
}

// shutDown lets requests in flight end, for a while.
func shutDown(server *http.Server, log *slog.Logger) error {
	wait, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	err := server.Shutdown(wait)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("some requests were still running and were cut off", "after", shutdownWait)
		return server.Close()
	}
	return err
}

// guarded runs one worker. One that panics ends the server in good order: going on
// without it would show a city that no longer changes.
func guarded(ctx context.Context, work func(context.Context)) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &spatial.Error{Op: "serve", Kind: spatial.Internal, Code: "serve.worker", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	work(ctx)
	return nil
}
