package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

// Checks judges proposals; *city.City does.
type Checks interface {
	Check(v index.View, id uint64, p city.Proposal, lang string) (planning.Verdict, error)
}

// proposalOf describes a proposal's body; readProposal reads one.
type proposalOf struct {
	Parcel       string   `json:"parcel" doc:"Id of the parcel."`
	Use          *string  `json:"use,omitempty" doc:"Code of the land use meant."`
	Floors       *float64 `json:"floors,omitempty"`
	Height       *float64 `json:"height,omitempty" doc:"m"`
	Footprint    *float64 `json:"footprint,omitempty" doc:"m² under main buildings"`
	FloorArea    *float64 `json:"floorArea,omitempty" doc:"m² of all floors"`
	BuildingKind *string  `json:"buildingKind,omitempty" doc:"As rule packs name kinds of buildings."`
}

// verdictOf is the answer.
type verdictOf struct {
	Parcel     string `json:"parcel"`
	Revision   uint64 `json:"revision"`
	Disclaimer string `json:"disclaimer"`
	planning.Verdict
}

func (a *API) checking() {
	a.add(operation{
		Operation: huma.Operation{Method: http.MethodPost, Path: "/api/planning/check", OperationID: "planningCheck", Tags: []string{"planning"}, Summary: "A proposal judged against what may be built on a parcel",
			Description: "Each limit that the proposal speaks of is ok, exceeds (by how much, because of what) or unknown (what to know); minima of the lot are ok, short or unknown. Open to everyone.",
			RequestBody: a.body(proposalOf{}), Responses: a.answer(mediaJSON, "The verdict", verdictOf{})},
		media: mediaJSON, serve: (*call).check,
	})
}

// buildingKinds are the kinds of buildings that rules can ask about.
func buildingKinds() []string {
	for _, in := range planning.Inputs() {
		if in.Name == "buildingKind" {
			return in.OneOf
		}
	}
	return nil
}

// largest bounds a number of a proposal.
const largest = 1e7

func readProposal(body []byte) (id uint64, p city.Proposal, err error) {
	if !utf8.Valid(body) {
		return 0, p, bodyError("#", "�", "UTF-8")
	}
	var r reader
	number := func(to **float64) func(string, json.RawMessage) error {
		return func(where string, raw json.RawMessage) error {
			const expected = "0–10000000"
			f, err := r.number(raw, where, expected)
			if err == nil && (f < 0 || f > largest) {
				err = bodyError(where, shownJSON(raw), expected)
			}
			*to = &f
			return err
		}
	}
	text := func(to *string) func(string, json.RawMessage) error {
		return func(where string, raw json.RawMessage) (err error) {
			if *to, err = r.text(raw, where); err == nil && (*to == "" || len(*to) > 100) {
				err = bodyError(where, shownJSON(raw), `"text"`)
			}
			return err
		}
	}
	kind := func(where string, raw json.RawMessage) error {
		err := text(&p.BuildingKind)(where, raw)
		if known := buildingKinds(); err == nil && !slices.Contains(known, p.BuildingKind) {
			// Of a kind that no rule knows, each would say that it does not apply.
			err = bodyError(where, shownJSON(raw), `"`+strings.Join(known, `" | "`)+`"`)
		}
		return err
	}
	parcel := ""
	members := map[string]func(string, json.RawMessage) error{"parcel": text(&parcel), "use": text(&p.Use), "buildingKind": kind,
		"floors": number(&p.Floors), "height": number(&p.Height), "footprint": number(&p.Footprint), "floorArea": number(&p.FloorArea)}
	err = r.object(body, "#", []string{"parcel", "use", "floors", "height", "footprint", "floorArea", "buildingKind"}, func(key, where string, raw json.RawMessage) error {
		return members[key](where, raw)
	})
	if err != nil {
		return 0, p, err
	}
	if parcel == "" {
		return 0, p, bodyError("#", "", `"parcel"`)
	}
	id, err = query.ID(parcel)
	return id, p, err
}

func (c *call) check() error {
	b, err := c.readBody()
	if err != nil {
		return err
	}
	id, p, err := readProposal(b)
	if err != nil {
		return err
	}
	checks := c.api.cfg.Checks
	if checks == nil {
		return &spatial.Error{Op: "judge a proposal", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": c.r.URL.Path}}
	}
	v, err := checks.Check(c.view, id, p, c.lang)
	if err != nil {
		return err
	}
	return c.json(mediaJSON, verdictOf{strconv.FormatUint(id, 10), uint64(c.view.Revision()), city.Disclaimer(c.lang), v})
}
