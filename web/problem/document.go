package problem

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"github.com/langbiang/langbiang/spatial"
)

// ContentType is the media type of every document.
const ContentType = "application/problem+json"

// Document is one RFC 9457 problem.
type Document struct {
	Type     string         `json:"type" doc:"urn:langbiang:problem: and the code"`
	Title    string         `json:"title" doc:"the kind of problem, short"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail" doc:"what is wrong and how to mend it, in the language of Accept-Language"`
	Instance string         `json:"instance,omitempty" doc:"this one occurrence: urn:langbiang:request: and the request's id"`
	Code     string         `json:"code,omitempty" doc:"stable name of the problem"`
	Args     map[string]any `json:"args,omitempty" doc:"what the detail was filled in with"`
	Errors   []Place        `json:"errors,omitempty" doc:"places in the body that are wrong"`
	Nearest  *Nearest       `json:"nearest,omitempty" doc:"of parcel.none: the parcel nearest to the place, where one is near"`
}

// Nearest is the parcel nearest to a place that lies in none.
type Nearest struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Distance float64 `json:"distance" doc:"to its nearest edge, m"`
}

// Place is one place in a request's body that is wrong.
type Place struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// ContentType keeps a framework from calling the document plain JSON.
func (*Document) ContentType(string) string { return ContentType }

// RetryAfter is the argument that also becomes the Retry-After header, in seconds.
const RetryAfter = "retryAfter"

// Of is the document of an error in a language ("vi", "en").
func (c *Catalogue) Of(err error, lang string) Document {
	kind, code := spatial.KindOf(err), spatial.CodeOf(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && kind == spatial.Internal:
		kind, code = spatial.Unavailable, "request.timeout"
	case tooLong(err):
		kind, code = spatial.TooLarge, "body.tooLarge"
	}
	k := c.kinds[kind.String()]
	d := Document{Type: "about:blank", Title: k.Title.In(lang), Status: k.Status, Detail: k.Detail.In(lang)}
	if kind == spatial.Internal {
		return d
	}
	args := spoken(argsOf(err), lang)
	if t, ok := c.codes[code]; ok {
		d.Detail = fill(t.In(lang), args)
		if t.Status != 0 {
			d.Status = t.Status
		}
	}
	if code != "" {
		d.Type, d.Code = "urn:langbiang:problem:"+code, code
	}
	if len(args) > 0 {
		d.Args = make(map[string]any, len(args))
		for name, v := range args {
			d.Args[name] = shown(name, v)
		}
	}
	return d
}

func tooLong(err error) bool {
	var e *http.MaxBytesError
	return errors.As(err, &e)
}

// argsOf are the arguments of the error that the code is of.
func argsOf(err error) map[string]any {
	for err != nil {
		var e *spatial.Error
		if !errors.As(err, &e) {
			return nil
		}
		if e.Code != "" {
			return e.Args
		}
		err = e.Err
	}
	return nil
}

// spoken are arguments with those that have words of their own in one language.
func spoken(args map[string]any, lang string) map[string]any {
	var out map[string]any
	for name, v := range args {
		if n, ok := v.(spatial.Name); ok {
			if out == nil {
				out = maps.Clone(args)
			}
			out[name] = n.In(lang)
		}
	}
	if out == nil {
		return args
	}
	return out
}

// shown is an argument as JSON: ids are strings, long texts are cut, and a type
// that JSON has no word for is its text.
func shown(name string, v any) any {
	switch v := v.(type) {
	case nil, bool, int, int32, uint32:
		return v
	case float64:
		if spatial.Float(v).IsNull() { // NaN, infinite
			return plain(v)
		}
		return v
	case uint64:
		if name == "id" {
			return strconv.FormatUint(v, 10)
		}
		return v
	case int64:
		if name == "id" {
			return strconv.FormatInt(v, 10)
		}
		return v
	case []string:
		out := make([]string, len(v))
		for i := range v {
			out[i] = shorten(v[i])
		}
		return out
	}
	return plain(v)
}

// Writer answers requests with problems.
type Writer struct {
	Catalogue *Catalogue
	// Failed is told of every Internal error, which the answer does not show; nil = nobody.
	Failed func(r *http.Request, err error)
	// Instance names a request; nil or "" = not named.
	Instance func(r *http.Request) string
}

// Document is the document of an error in the language the request asks for.
func (p *Writer) Document(r *http.Request, err error) Document {
	d := p.Catalogue.Of(err, Language(r.Header.Get("Accept-Language")))
	if p.Instance != nil {
		if id := p.Instance(r); id != "" {
			d.Instance = "urn:langbiang:request:" + id
		}
	}
	if d.Status >= 500 && spatial.KindOf(err) == spatial.Internal && p.Failed != nil && r.Context().Err() == nil {
		p.Failed(r, err)
	}
	return d
}

// Write answers with the problem that err is.
func (p *Writer) Write(w http.ResponseWriter, r *http.Request, err error) {
	p.Send(w, r, p.Document(r, err))
}

// Send answers with a document.
func (p *Writer) Send(w http.ResponseWriter, r *http.Request, d Document) {
	b, err := json.Marshal(d)
	if err != nil { // an argument that cannot be JSON: the sentence already holds it
		d.Args = nil
		b, _ = json.Marshal(d)
	}
	h := w.Header()
	for _, name := range []string{"ETag", "Last-Modified", "Content-Encoding", "Content-Crs", "Content-Length"} {
		h.Del(name)
	}
	Headers(h, r, d)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(d.Status)
	_, _ = w.Write(b) // the client is gone: nobody is left to tell
}

// Headers sets what goes with a document: its type and language, Cache-Control,
// Vary, Retry-After, WWW-Authenticate.
func Headers(h http.Header, r *http.Request, d Document) {
	h.Set("Content-Type", ContentType)
	h.Set("Content-Language", Language(r.Header.Get("Accept-Language")))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	if s, ok := d.Args[RetryAfter]; ok {
		h.Set("Retry-After", plain(s))
	} else if d.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	if d.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="langbiang"`)
	}
}
