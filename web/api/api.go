package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/problem"
)

// Cards makes parcel cards; *city.City is one.
type Cards interface {
	Card(v index.View, id uint64, lang string) (city.Card, error)
	Under(v index.View, p orb.Point, lang string) (id uint64, others []string, err error)
	Seal(v index.View, id uint64) (city.Seal, bool)
	DatedCard(ctx context.Context, h city.History, v index.View, id uint64, a spatial.AsOf, lang string) (city.Card, error)
}

// History is what is read of a store: other days, other knowledge, versions.
type History interface {
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
}

// Sessions opens and closes sessions; *auth.Keeper does.
type Sessions interface {
	Login(ctx context.Context, r *http.Request, secret string) (access.Caller, time.Time, *http.Cookie, error)
	Logout(ctx context.Context, r *http.Request) (*http.Cookie, error)
}

// Found is one search result.
type Found = search.Result

// Search finds what a text names, best first; search.Find does.
type Search func(v index.View, q string, o search.Options) []Found

// Config is what the interface answers from.
type Config struct {
	Model  *index.Model
	Cards  Cards
	Checks Checks     // nil = proposals are not judged
	Fronts Fronts     // nil = frontages cannot be corrected
	Edits  Edits      // nil = nothing can be written
	Desk   *desk.Desk // nil = nothing can be imported
	Search Search
	// Book is what was worked out of each parcel, as a tier may know it; nil = nothing.
	Book     func(spatial.Tier) Book
	History  History
	Sessions Sessions
	Problems *problem.Writer
	Now      func() time.Time // nil = time.Now
	Version  string
	Public   *url.URL      // the server's public address; nil = as each request names it
	Timeout  time.Duration // of one request; 0 = 30 s
}

// Book tells what was worked out of each parcel ahead of being asked.
type Book interface {
	Facts(id uint64) (city.Facts, bool)
	Revision() spatial.Revision // that it was worked out of
	Complete() bool             // nothing is still to be worked out
	// Stamp is another number whenever facts on that ground (WGS 84) are others.
	Stamp(box orb.Bound) uint64
}

// API is the mounted interface.
type API struct {
	cfg     Config
	planner *queries.Planner
	answers answers
	cards   cards
	huma    huma.API
	spec    spec
}

// Mount puts the interface on a router and gives it back, so that more operations
// can be added before the first request.
func Mount(r *mux.Router, cfg Config) *API {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	a := &API{cfg: cfg, planner: queries.New(), cards: cards{limit: mostCards}}
	a.huma = humamux.New(r, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Langbiang", Version: cfg.Version,
				Description: "Land parcels, plans and city layers of one place. Lengths are metres, areas m², coordinates longitude and latitude (CRS84) unless a crs says otherwise, times RFC 3339."},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":     {Type: "http", Scheme: "bearer", Description: "An API key."},
					"session": {Type: "apiKey", In: "cookie", Name: "langbiang_session", Description: "A session, opened by POST /api/session."},
				},
			},
			Security: []map[string][]string{{}, {"key": {}}, {"session": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	})
	a.common()
	a.collections()
	a.tilesets()
	a.items()
	a.parcels()
	a.searching()
	a.planning()
	a.marks()
	a.imports()
	a.sessions()
	return a
}
