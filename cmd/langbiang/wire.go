package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/ledger"
	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/check"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/disk"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/archive"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/live"
	"github.com/langbiang/langbiang/web/pages"
	"github.com/langbiang/langbiang/web/ui"
)

// Who writes, as it stands in the log.
const (
	byCLI   = "cli"
	byClock = "clock"
)

// opened is a store as the commands use it: the sum of what the rooms of the house
// ask of one, each in its own few words.
type opened interface {
	index.Source
	check.Store
	importers.Store
	keeper
	duer
	ledger.Store
	api.History
	Ping(ctx context.Context) error
	Close() error
}

// keeper keeps keys and sessions.
type keeper interface {
	Keys(ctx context.Context) ([]access.Key, error)
	PutKey(ctx context.Context, k access.Key) (access.Key, error)
	RevokeKey(ctx context.Context, name string) error
	KeyByHash(ctx context.Context, hash string) (access.Key, error)
	SessionKey(ctx context.Context, hash string) (access.Key, error)
	PutSession(ctx context.Context, s access.Session) error
	DeleteSession(ctx context.Context, hash string) error
}

// purpose is what a command opens a store for.
type purpose int

const (
	reading   purpose = iota // it must be there, and is left as it is
	writing                  // it is made where there is none; an older schema is refused
	migrating                // its schema is brought up to date
	serving                  // as writing; the embedded one is migrated besides
)

// openStore opens the store that --store names: a PostgreSQL address, else a file.
func openStore(ctx context.Context, name string, c *console, why purpose) (opened, error) {
	cfg := store.Config{Layers: city.Layers(), Now: c.now}
	if isPostgres(name) {
		return openPostgis(ctx, name, cfg, why)
	}
	return openSqlite(ctx, name, cfg, why)
}

func openSqlite(ctx context.Context, path string, cfg store.Config, why purpose) (opened, error) {
	if why == writing || why == serving {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fileError("open the store", filepath.Dir(path), err)
		}
	}
	s, err := sqlite.OpenWith(ctx, path, cfg, sqlite.Options{
		ReadOnly: why == reading, MustExist: why == reading || why == migrating, Migrate: why == migrating || why == serving,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openPostgis leaves the schema of a database in use to migrate: its owner may be
// somebody else. An empty database is made ready by any command that writes.
func openPostgis(ctx context.Context, dsn string, cfg store.Config, why purpose) (opened, error) {
	s, err := postgis.OpenWith(ctx, dsn, cfg, postgis.Options{Migrate: why == migrating})
	if why != reading && isEmpty(err) {
		s, err = postgis.OpenWith(ctx, dsn, cfg, postgis.Options{Migrate: true})
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// isEmpty reports whether a store was refused because there is nothing in it yet.
func isEmpty(err error) bool {
	var e *spatial.Error
	return errors.As(err, &e) && e.Code == "store.needsMigration" && e.Args["version"] == 0
}

// backupFile copies the embedded store to a file.
func backupFile(ctx context.Context, path, to string, c *console, progress func(done, total int)) error {
	s, err := sqlite.OpenWith(ctx, path, store.Config{Layers: city.Layers(), Now: c.now}, sqlite.Options{MustExist: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, to, progress), s.Close())
}

// restoreFile puts a backup in the place of the embedded store.
func restoreFile(ctx context.Context, path, from string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fileError("restore", filepath.Dir(path), err)
	}
	return sqlite.Restore(ctx, from, path)
}

// isPostgres reports whether --store is the address of a database.
func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// shown is the store's name without a password.
func shown(name string) string {
	if !isPostgres(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "postgres://…"
	}
	return u.Redacted()
}

// placeOf is the store's place; zero where it has none yet.
func placeOf(ctx context.Context, s importers.Catalog) (spatial.Place, error) {
	p, err := s.Place(ctx)
	if spatial.KindOf(err) == spatial.NotFound && err != nil {
		return spatial.Place{}, nil
	}
	return p, err
}

// todayOf is the civil day at the store's place.
func todayOf(ctx context.Context, s importers.Catalog, c *console) (spatial.Date, error) {
	p, err := placeOf(ctx, s)
	return spatial.DayOf(c.now(), p.Zone()), err
}

// site is the server's parts, wired: what answers, and what runs beside it.
type site struct {
	handler    http.Handler
	endStreams func()
	workers    []func(context.Context)
	close      func() // once nobody asks any more
}

// newSite loads the read model from a store and puts the edge on it.
func newSite(ctx context.Context, s opened, c *console, set settings, log *slog.Logger) (*site, error) {
	hub := live.New(live.Config{})
	packs, err := rules.NewShelf()
	if err != nil {
		return nil, err
	}
	whole := city.New(city.Config{Rules: packs.Rules, Tolerance: parcels.SurveyTolerance().OfOffice(set.tolerance)})
	var facts *ledger.Ledger
	var cells *tiles.Keeper
	var asked atomic.Bool
	model := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys(), Now: c.now, Publish: func(p index.Published) {
		hub.Publish(p)
		facts.Publish(p)
		cells.Publish(p)
	}})
	facts = ledger.New(ledger.Config{City: whole, Model: model, Store: s, Mark: builtFrom(), Log: log, Asked: asked.Load,
		Changed: func(ground orb.Bound, of spatial.Access) {
			hub.Refresh(parcels.LayerName, ground, index.Sees{Present: true, Record: of})
		}})
	made := tiles.NewCache(set.tiles, func() tiles.Facts { return facts.Current() })
	closed := func() {}
	if set.folder != "" {
		folder, err := disk.Open(disk.Config{Dir: set.folder, Limit: set.folderSize, Now: c.now, Log: log})
		if err != nil {
			return nil, err
		}
		made.KeepIn(folder, builtFrom())
		closed = folder.Close
	}
	cells = made.Keep(tiles.KeeperConfig{Store: s, Model: model, Mark: builtFrom(), Log: log})
	if err := hastily(func() error { return model.Load(ctx, s) }); err != nil {
		return nil, err
	}
	days := calendar{store: s, now: c.now, sleep: sleep, log: log, zone: func() *time.Location {
		return model.View(spatial.TierPublic).Place().Zone()
	}}
	problems := web.Problems(log)
	var shelf *archive.Shelf
	if len(set.baked) > 0 {
		if shelf, err = archive.Open(ctx, archive.Stock{Places: set.baked, Log: log, Now: c.now}); err != nil {
			return nil, err
		}
	}
	var table *desk.Desk
	if set.uploads > 0 {
		table = desk.New(desk.Config{Store: s, Now: c.now, NewID: rand.Text, Bytes: set.uploads, Shown: model.WaitFor})
	}
	app, built := ui.New(problems.Write)
	home, drawn := "/", ""
	if built {
		home, drawn = "/tra-cuu", "/"
	}
	readable := pages.New(pages.Config{
		Home: home, Map: drawn,
		Model: model, Cards: whole, History: s,
		Tier:    func(r *http.Request) spatial.Tier { return auth.Of(r.Context()).Tier() },
		Loaded:  func() bool { return model.Status().Loaded },
		Problem: problems.Write,
	})
	edge := web.New(web.Config{
		Pages: readable, App: app, Problems: problems,
		Model: model, Hub: hub, Cards: whole, Checks: whole, Fronts: whole, Edits: s, Desk: table, Book: func(spatial.Tier) api.Book { return facts.Current() }, Search: search.Find, History: s, Keys: s, Tiles: made,
		Shelf: shelf,
		Collectors: []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "langbiang_facts_revision", Help: "Revision that what is worked out of parcels holds for."},
			func() float64 { return float64(facts.Current().Revision()) })},
		Version: version, Public: set.public, TrustedProxies: set.proxies, CORSOrigins: set.origins, Log: log, Now: c.now, Ping: s.Ping,
	})
	workers := []func(context.Context){
		func(ctx context.Context) { _ = model.Follow(ctx, s) }, // it ends with ctx alone
		days.run,
		facts.Run,
		cells.Run,
	}
	if table != nil {
		workers = append(workers, func(ctx context.Context) { table.Run(ctx, sleep) })
	}
	return &site{handler: noticing(edge, &asked), endStreams: hub.Close, close: closed, workers: workers}, nil
}

// loaded is the model of a store at its latest revision. It follows nothing.
func loaded(ctx context.Context, s opened, c *console) (*index.Model, error) {
	model := index.New(index.Config{Layers: city.Layers(), Now: c.now})
	return model, model.Load(ctx, s)
}

// factsOf are the facts of the parcels of a model that follows nothing. What the store
// keeps of them is read, the rest is worked out; nothing is written.
func factsOf(ctx context.Context, s opened, model *index.Model, log *slog.Logger) (ledger.Book, error) {
	packs, err := rules.NewShelf()
	if err != nil {
		return ledger.Book{}, err
	}
	facts := ledger.New(ledger.Config{City: city.New(city.Config{Rules: packs.Rules}), Model: model, Store: lookOnly{s}, Mark: builtFrom(), Log: log})
	work, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { facts.Run(work) })
	err = facts.WaitFor(ctx, model.Current().Revision())
	end()
	running.Wait()
	return facts.Current(), err
}

// lookOnly lets the ledger read what is kept, and keep nothing.
type lookOnly struct{ ledger.Store }

// PutDerived writes nothing.
func (lookOnly) PutDerived(_ context.Context, _ string, was spatial.Revision, _ []change.Derived) (spatial.Revision, bool, error) {
	return was, false, nil
}

// builtFrom names the source that the program was built from: what another one
// worked out is not taken over.
func builtFrom() string {
	name := version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "vcs.") {
				name += " " + s.Value
			}
		}
	}
	return name
}

// cityOf loads a store as it stands, for a command that asks about parcels.
func cityOf(ctx context.Context, s opened, c *console) (*city.City, *index.Model, error) {
	packs, err := rules.NewShelf()
	if err != nil {
		return nil, nil, err
	}
	model := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys(), Now: c.now})
	return city.New(city.Config{Rules: packs.Rules}), model, model.Load(ctx, s)
}
