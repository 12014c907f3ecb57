package api

import (
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

func yes() *bool { b := true; return &b }

func number(f float64) *float64 { return &f }

func stringSchema() *huma.Schema { return &huma.Schema{Type: "string"} }

func intSchema(min, max, otherwise int) *huma.Schema {
	return &huma.Schema{Type: "integer", Minimum: number(float64(min)), Maximum: number(float64(max)), Default: otherwise}
}

func numberSchema(min, max float64) *huma.Schema {
	return &huma.Schema{Type: "number", Minimum: &min, Maximum: &max}
}

// parameter describes a query parameter, which makes it known.
func parameter(name, what string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: what, Schema: s}
}

func required(p *huma.Param) *huma.Param { p.Required = true; return p }

func layerParameter() *huma.Param {
	return &huma.Param{Name: "layer", In: "path", Required: true, Description: "Name of a layer, as /api/collections lists them.", Schema: stringSchema(), Example: "parcels"}
}

func idParameter() *huma.Param {
	return &huma.Param{Name: "id", In: "path", Required: true, Description: "Id of a record: 1 to 2^53-1.",
		Schema: &huma.Schema{Type: "string", Pattern: "^[1-9][0-9]{0,15}$"}, Example: "1"}
}

// schemaName names a type's schema by its package and name, since two packages
// may each have a Document.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if pkg := path.Base(t.PkgPath()); t.Name() != "" && pkg != "." && pkg != "api" {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

// schemaOf is the schema of a Go type, kept among the document's components.
func (a *API) schemaOf(v any) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}

// answer describes a 200 of a type.
func (a *API) answer(media, what string, v any) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: what, Content: map[string]*huma.MediaType{media: {Schema: a.schemaOf(v)}}}}
}

// link is an OGC link.
type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}
