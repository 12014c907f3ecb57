package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/problem"
)

// Register adds an operation with a typed input and output. Its errors become
// problems as everywhere else, and so do the framework's own refusals of a body.
func Register[I, O any](a *API, op huma.Operation, serve func(context.Context, *I) (*O, error)) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{Description: "A problem (RFC 9457)", Content: map[string]*huma.MediaType{problem.ContentType: {Schema: a.schemaOf(problem.Document{})}}}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = 1 << 20
	}
	op.Middlewares = append(huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humamux.Unwrap(ctx)
		next(huma.WithValue(ctx, requestKey{}, r))
	}}, op.Middlewares...)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := serve(ctx, in)
		if err != nil {
			return nil, &refusal{err, a.cfg.Problems.Document(requestOf(ctx), err)}
		}
		return out, nil
	})
}

type requestKey struct{}

// requestOf is the HTTP request of an operation added with Register.
func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// refusal carries a problem through the framework.
type refusal struct {
	err error
	doc problem.Document
}

func (r *refusal) Error() string             { return r.err.Error() }
func (r *refusal) Unwrap() error             { return r.err }
func (r *refusal) GetStatus() int            { return r.doc.Status }
func (r *refusal) ContentType(string) string { return problem.ContentType }

// translate makes a problem document of whatever error the framework writes.
func (a *API) translate(hc huma.Context, _ string, v any) (any, error) {
	r, w := humamux.Unwrap(hc)
	switch v := v.(type) {
	case *refusal:
		problem.Headers(w.Header(), r, v.doc)
		return &v.doc, nil
	case *huma.ErrorModel:
		d := a.foreign(r, v)
		problem.Headers(w.Header(), r, d)
		return &d, nil
	}
	return v, nil
}

// foreign is a problem that the framework found by itself. Its status has been
// decided; its English sentences stay with the places they are about.
func (a *API) foreign(r *http.Request, m *huma.ErrorModel) problem.Document {
	e := &spatial.Error{Op: "read the request", Kind: spatial.Invalid, Code: "body.invalid"}
	switch m.Status {
	case http.StatusUnsupportedMediaType:
		e.Code = "body.media"
	case http.StatusRequestEntityTooLarge:
		e.Kind, e.Code = spatial.TooLarge, "body.tooLarge"
	case http.StatusRequestTimeout:
		e.Kind, e.Code = spatial.Unavailable, "request.timeout"
	case http.StatusNotAcceptable:
		e.Code, e.Args = "accept.none", map[string]any{"media": mediaJSON}
	}
	var where []string
	var places []problem.Place
	for _, d := range m.Errors {
		if d == nil || d.Location == "" {
			continue
		}
		where = append(where, d.Location)
		places = append(places, problem.Place{Location: d.Location, Message: d.Message})
	}
	if m.Status >= 500 && e.Kind == spatial.Invalid {
		e = &spatial.Error{Op: "serve " + r.URL.Path, Err: m}
	} else if e.Code == "body.invalid" {
		e.Args = map[string]any{"where": strings.Join(where, ", ")}
	}
	d := a.cfg.Problems.Document(r, e)
	d.Status, d.Errors = m.Status, places
	return d
}
