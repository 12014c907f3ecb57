package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/cors"

	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/archive"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/live"
	"github.com/langbiang/langbiang/web/problem"
	"github.com/langbiang/langbiang/web/style"
	"github.com/langbiang/langbiang/web/tile"
)

// Config is what the edge serves from.
type Config struct {
	Model   *index.Model
	Hub     *live.Hub // its Publish is the model's Config.Publish
	Cards   api.Cards
	Checks  api.Checks // nil = proposals are not judged
	Fronts  api.Fronts // nil = frontages cannot be corrected
	Edits   api.Edits  // nil = nothing can be written
	Desk    *desk.Desk // nil = nothing can be imported
	Search  api.Search
	Book    func(spatial.Tier) api.Book // what was worked out of each parcel; nil = nothing
	History api.History                 // nil = no reads of other days
	Keys    auth.Store
	Tiles   *tiles.Cache   // nil = tiles are made and not kept
	Shelf   *archive.Shelf // baked tiles; nil = none

	Pages http.Handler // "/tra-cuu", "/parcels/…", "/thua/…", "/static/…", and "/" where App is nil; nil = none
	App   http.Handler // the map: "/", "/assets/…", "/favicon.svg", "/manifest.webmanifest"; nil = none
	// More adds further operations to the interface, and routes to the router.
	More func(*api.API, *mux.Router)

	Version        string
	Public         *url.URL       // --public-url; nil = as each request names it
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts
	CORSOrigins    []string       // of public GETs; nil = "*"
	Limit          Limit
	MaxBody        int64           // bytes of a request's body; 0 = 8 MiB
	Problems       *problem.Writer // shared with Pages; nil = Problems(Log)
	Log            *slog.Logger
	Now            func() time.Time
	Collectors     []prometheus.Collector            // further figures for /metrics
	Ping           func(context.Context) error       // whether the store answers, for /readyz; nil = as the model saw it last
	Heartbeat      func() (<-chan time.Time, func()) // of event streams; nil = every 15 s
}

// liveRoute is the route of event streams, tilesRoute that of tiles.
const (
	liveRoute     = "/api/live"
	tilesRoute    = "/tiles/"
	archivesRoute = "/archives/"
)

type server struct {
	cfg      Config
	log      *slog.Logger
	router   *mux.Router
	problems *problem.Writer
	keeper   *auth.Keeper
	limiter  *limiter
	metrics  *metrics
	tiles    *tile.Server
	cors     *cors.Cors

	protection http.Header // of every answer
	revision   lastRevision
}

// New is the whole edge as one handler. It starts nothing and ends nothing:
// closing Config.Hub ends the open streams.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 8 << 20
	}
	if cfg.CORSOrigins == nil {
		cfg.CORSOrigins = []string{"*"}
	}
	if cfg.Tiles == nil {
		cfg.Tiles = tiles.NewCache(0, nil)
	}
	if cfg.Hub == nil {
		cfg.Hub = live.New(live.Config{})
	}
	s := &server{cfg: cfg, log: cfg.Log, router: mux.NewRouter().SkipClean(true),
		keeper:  auth.New(auth.Config{Store: cfg.Keys, Now: cfg.Now, Public: cfg.Public}),
		limiter: newLimiter(cfg.Limit, cfg.Now),
		metrics: newMetrics(cfg.Model, cfg.Hub, cfg.Tiles, cfg.Now, cfg.Collectors)}
	if s.problems = cfg.Problems; s.problems == nil {
		s.problems = Problems(cfg.Log)
	}
	s.routes()
	s.protection = protection(cfg.Public)
	s.cors = cors.New(cors.Options{AllowedOrigins: cfg.CORSOrigins, AllowedMethods: []string{http.MethodGet, http.MethodHead},
		AllowedHeaders: []string{"Accept", "Accept-Language", "Authorization", "If-Match", "If-None-Match", "If-Range", "Last-Event-ID", "Range"},
		ExposedHeaders: []string{"Accept-Ranges", "Content-Length", "Content-Range", "ETag", "Langbiang-Revision", "Content-Crs", "Retry-After", "X-Request-Id"}, MaxAge: 86400})
	return s.outer(s.cors.Handler(zipped(s.known(s.router))))
}

// Problems writes problem documents, names them by their request, and logs what
// they do not show. It panics where the embedded texts are broken, which is a
// fault of the build.
func Problems(log *slog.Logger) *problem.Writer {
	texts, err := problem.Load()
	if err != nil {
		panic(err)
	}
	return &problem.Writer{Catalogue: texts,
		Instance: func(r *http.Request) string { return passageOf(r.Context()).id },
		Failed: func(r *http.Request, err error) {
			log.Error("failed", "request", passageOf(r.Context()).id, "path", r.URL.Path, "error", err)
		}}
}

// Server is a server for a handler, with bounds on slow and idle clients. Set its
// address, or give it a listener.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	}
	return s
}

func (s *server) routes() {
	r := s.router
	r.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if route := mux.CurrentRoute(r); route != nil {
				passageOf(r.Context()).route, _ = route.GetPathTemplate()
			}
			next.ServeHTTP(w, r)
		})
	})
	get := func(path string, h http.HandlerFunc) { r.Path(path).Methods(http.MethodGet).HandlerFunc(h) }
	get("/livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	get("/readyz", s.ready)
	get("/metrics", s.metrics.handler().ServeHTTP)
	r.Path(liveRoute).Methods(http.MethodGet).Handler(s.cfg.Hub.Handler(live.Options{View: s.cfg.Model.View, Ready: s.loaded, Caller: s.keeper.Caller, Refuse: s.problems.Write,
		Address: func(r *http.Request) string { return network(clientAddress(r, s.cfg.TrustedProxies)).String() }, Ticker: s.cfg.Heartbeat}))
	a := api.Mount(r, api.Config{Model: s.cfg.Model, Cards: s.cfg.Cards, Checks: s.cfg.Checks, Fronts: s.cfg.Fronts, Edits: s.cfg.Edits, Desk: s.cfg.Desk, Search: s.cfg.Search, Book: s.cfg.Book, History: s.cfg.History, Sessions: s.keeper,
		Problems: s.problems, Now: s.cfg.Now, Version: s.cfg.Version, Public: s.cfg.Public})
	a.Describe(liveRoute)
	a.DescribeTiles()
	a.DescribeStyles()
	if s.cfg.More != nil {
		s.cfg.More(a, r)
	}
	base := func(r *http.Request) string { return api.Base(s.cfg.Public, r) }
	if s.cfg.Shelf != nil {
		r.PathPrefix(archivesRoute).Methods(http.MethodGet, http.MethodHead).Handler(archive.New(archive.Config{Shelf: s.cfg.Shelf, Refuse: s.problems.Write, Base: base}))
	}
	s.tiles = tile.New(tile.Config{Model: s.cfg.Model, Cache: s.cfg.Tiles, Ready: s.loaded, Caller: s.keeper.Query, Refuse: s.problems.Write, Base: base,
		Choose: func(ctx context.Context, v index.View, question string) (tile.Chosen, error) {
			return a.Chosen(ctx, v, question)
		}})
	r.PathPrefix(tilesRoute).Methods(http.MethodGet).Handler(s.tiles)
	r.PathPrefix("/api/collections/{layer}/tiles/").Methods(http.MethodGet).Handler(s.tiles)
	styles := style.New(style.Config{Base: base, Refuse: s.problems.Write})
	for _, prefix := range []string{"/styles/", "/fonts/", "/sprite"} {
		r.PathPrefix(prefix).Methods(http.MethodGet).Handler(styles)
	}
	if app := s.cfg.App; app != nil {
		for _, path := range []string{"/", "/favicon.svg", "/manifest.webmanifest"} {
			r.Path(path).Methods(http.MethodGet).Handler(app)
		}
		r.PathPrefix("/assets/").Methods(http.MethodGet).Handler(app)
	}
	if p := s.cfg.Pages; p != nil {
		r.Path("/tra-cuu").Methods(http.MethodGet).Handler(p)
		if s.cfg.App == nil {
			r.Path("/").Methods(http.MethodGet).Handler(p)
		}
		for _, prefix := range []string{"/parcels/", "/thua/", "/static/"} {
			r.PathPrefix(prefix).Methods(http.MethodGet).Handler(p)
		}
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.problems.Write(w, r, &spatial.Error{Op: "find a route", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": r.URL.Path}})
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(s.wrongMethod)
}

// wrongMethod answers 405 with the methods that the path has, or 204 to OPTIONS.
func (s *server) wrongMethod(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := *r
		probe.Method = m
		var match mux.RouteMatch
		if s.router.Match(&probe, &match) && match.MatchErr == nil && match.Route != nil {
			allowed = append(allowed, m)
			if m == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	slices.Sort(allowed)
	allow := strings.Join(append(allowed, http.MethodOptions), ", ")
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.problems.Write(w, r, &spatial.Error{Op: "find a route", Kind: spatial.Invalid, Code: "route.method", Args: map[string]any{"method": r.Method, "allow": allow}})
}

// loaded is Unavailable "model.loading" until the model holds the store.
func (s *server) loaded() error {
	if s.cfg.Model.Status().Loaded {
		return nil
	}
	return &spatial.Error{Op: "answer", Kind: spatial.Unavailable, Code: "model.loading"}
}

// ready says whether requests can be answered: the model is loaded. A store that
// is away is told, and does not make the server unready: it goes on answering.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.loaded(); err != nil {
		s.problems.Write(w, r, err)
		return
	}
	st := s.cfg.Model.Status()
	text := "ok\n"
	if st.Away != nil {
		text = "ok, store away since " + st.Since.UTC().Format(time.RFC3339) + "\n"
	} else if s.cfg.Ping != nil {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if s.cfg.Ping(ctx) != nil {
			text = "ok, store away\n"
		}
	}
	plain(w, http.StatusOK, text)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client is gone: nobody is left to tell
}
