package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/problem"
)

func load(t *testing.T) *problem.Catalogue {
	t.Helper()
	c, err := problem.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var blank = regexp.MustCompile(`\{[^{}]*\}`)

// TestBothLanguagesSayTheSame: a sentence and its translation take the same arguments.
func TestBothLanguagesSayTheSame(t *testing.T) {
	c := load(t)
	for _, code := range c.Codes() {
		text, _ := c.Text(code)
		vi, en := blank.FindAllString(text.VI, -1), blank.FindAllString(text.EN, -1)
		slices.Sort(vi)
		slices.Sort(en)
		if !slices.Equal(vi, en) {
			t.Errorf("%s: %v in Vietnamese, %v in English", code, vi, en)
		}
	}
}

func TestStatusByKind(t *testing.T) {
	c := load(t)
	for kind, want := range map[spatial.Kind]int{spatial.Internal: 500, spatial.NotFound: 404, spatial.Invalid: 400, spatial.Conflict: 409, spatial.Precondition: 412,
		spatial.Required: 428, spatial.Denied: 403, spatial.TooLarge: 413, spatial.Limited: 429, spatial.Unavailable: 503} {
		for _, lang := range []string{"vi", "en"} {
			d := c.Of(&spatial.Error{Kind: kind, Code: "never.heardOf"}, lang)
			if d.Status != want || d.Title == "" || d.Detail == "" {
				t.Errorf("%s in %s: %+v", kind, lang, d)
			}
			if d.Code != "" && kind == spatial.Internal {
				t.Errorf("an internal error shows its code: %+v", d)
			}
		}
	}
}

func TestInternalErrorsShowNothing(t *testing.T) {
	c := load(t)
	secret := "password=hunter2"
	for _, err := range []error{errors.New(secret), &spatial.Error{Op: secret, Code: "parcel.unknown", Args: map[string]any{"id": secret}, Subject: secret, Err: errors.New(secret)},
		fmt.Errorf("%s: %w", secret, &spatial.Error{Op: secret})} {
		b, _ := json.Marshal(c.Of(err, "en"))
		if strings.Contains(string(b), "hunter2") {
			t.Errorf("%v shows %s", err, b)
		}
	}
}

func TestArguments(t *testing.T) {
	c := load(t)
	d := c.Of(&spatial.Error{Kind: spatial.NotFound, Code: "record.unknown", Args: map[string]any{"id": uint64(1 << 52)}}, "en")
	if d.Detail != "There is no record 4503599627370496." || d.Args["id"] != "4503599627370496" || d.Type != "urn:langbiang:problem:record.unknown" {
		t.Errorf("%+v", d)
	}
	d = c.Of(&spatial.Error{Kind: spatial.Invalid, Code: "crs.outOfDomain", Args: map[string]any{"x": math.NaN(), "y": math.Inf(1), "crs": "a\x00b\xff" + strings.Repeat("ệ", 1000)}}, "vi")
	if b, err := json.Marshal(d); err != nil || len(b) > 4000 || strings.Contains(d.Detail, "\x00") {
		t.Errorf("%d bytes, %v: %q", len(b), err, d.Detail)
	}
	// The code of the outermost error that has one decides, with its own arguments.
	d = c.Of(&spatial.Error{Op: "outer", Kind: spatial.NotFound, Err: &spatial.Error{Code: "layer.unknown", Args: map[string]any{"name": "x"}}}, "en")
	if d.Detail != "There is no layer x." {
		t.Errorf("%+v", d)
	}
}

func TestForeignErrors(t *testing.T) {
	c := load(t)
	if d := c.Of(fmt.Errorf("read: %w", context.DeadlineExceeded), "en"); d.Status != 503 || d.Code != "request.timeout" {
		t.Errorf("%+v", d)
	}
	if d := c.Of(fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 5}), "en"); d.Status != 413 || d.Code != "body.tooLarge" {
		t.Errorf("%+v", d)
	}
}

func TestWrite(t *testing.T) {
	var failed error
	w := problem.Writer{Catalogue: load(t), Failed: func(_ *http.Request, err error) { failed = err }, Instance: func(*http.Request) string { return "r1" }}
	rec := httptest.NewRecorder()
	rec.Header().Set("ETag", `"x"`)
	rec.Header().Set("Content-Length", "3")
	w.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), &spatial.Error{Kind: spatial.Limited, Code: "request.limited", Args: map[string]any{"retryAfter": 7}})
	if rec.Code != 429 || rec.Header().Get("Retry-After") != "7" || rec.Header().Get("ETag") != "" || rec.Header().Get("Content-Type") != problem.ContentType || failed != nil {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if !strings.Contains(rec.Body.String(), `"instance":"urn:langbiang:request:r1"`) {
		t.Errorf("%s", rec.Body)
	}
	w.Write(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), errors.New("broken"))
	if failed == nil {
		t.Error("nobody was told of an internal error")
	}
	rec = httptest.NewRecorder()
	w.Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), &spatial.Error{Kind: spatial.Denied, Code: "auth.required"})
	if rec.Code != 401 || rec.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

func FuzzLanguage(f *testing.F) {
	for _, s := range []string{"", "vi", "en;q=0.5,vi;q=0.1", "en;q=2", ";;;", "en;q=NaN", "*;q=0", strings.Repeat(",", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if l := problem.Language(s); l != "vi" && l != "en" {
			t.Fatalf("%q gives %q", s, l)
		}
	})
}
