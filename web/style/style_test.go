package style_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/style"
)

// asked is an answer and the error that was refused with.
type asked struct {
	*httptest.ResponseRecorder
	err error
}

func server() func(path string, header ...string) asked {
	var refused error
	h := style.New(style.Config{
		Base: func(r *http.Request) string { return "https://" + r.Host },
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			refused = err
			w.WriteHeader(http.StatusTeapot)
		},
	})
	return func(path string, header ...string) asked {
		refused = nil
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		u, err := url.Parse(path)
		if err != nil {
			panic(err)
		}
		r.URL, r.Host = u, "map.example"
		for i := 0; i+1 < len(header); i += 2 {
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return asked{w, refused}
	}
}

func TestStyleAnswers(t *testing.T) {
	get := server()
	seen := map[string]bool{}
	for _, name := range []string{"sang", "toi", "nhat"} {
		for _, lang := range []string{"vi", "en"} {
			path := "/styles/" + name + ".json?lang=" + lang
			r := get(path)
			if r.Code != 200 || r.Header().Get("Content-Type") != "application/json" || r.Header().Get("Cache-Control") != "no-cache" || r.Header().Get("Content-Language") != lang {
				t.Fatalf("%s: %d, %v", path, r.Code, r.Header())
			}
			if !json.Valid(r.Body.Bytes()) || seen[r.Body.String()] {
				t.Errorf("%s: not JSON, or the same as another", path)
			}
			seen[r.Body.String()] = true
			tag := r.Header().Get("ETag")
			if again := get(path, "If-None-Match", tag); tag == "" || again.Code != 304 || again.Body.Len() != 0 {
				t.Errorf("%s asked again with %s: %d", path, tag, again.Code)
			}
		}
	}
	if a, b := get("/styles/sang.json"), get("/styles/sang.json?lang=vi"); a.Body.String() != b.Body.String() {
		t.Error("the first language is not Vietnamese")
	}
}

func TestStyleIsForWhoAsks(t *testing.T) {
	get := server()
	var s struct {
		Sprite, Glyphs string
		Sources        map[string]struct {
			URL   string
			Tiles []string
		}
	}
	host := `evil"</script>\` // what a client calls us by is written as it is, and nothing more
	if err := json.Unmarshal(get("/styles/toi.json", "Host", host).Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.Sprite, "https://"+host+"/sprite?v=") {
		t.Errorf("sprite %q", s.Sprite)
	}
	r := get("/styles/sang.json?key=a%26b%20c")
	if err := json.Unmarshal(r.Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if ops := s.Sources["ops"]; ops.URL != "https://map.example/tiles/cameras,incidents.json?key=a%26b+c" ||
		!slices.Equal(ops.Tiles, []string{"https://map.example/tiles/cameras,incidents/{z}/{x}/{y}.mvt?key=a%26b+c"}) || r.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("with a key: %+v, %s", ops, r.Header().Get("Cache-Control"))
	}
	if strings.Contains(s.Sprite+s.Glyphs, "key") {
		t.Errorf("the key is in %s or %s", s.Sprite, s.Glyphs)
	}
}

func TestRefusals(t *testing.T) {
	get := server()
	for _, c := range []struct {
		path, code string
		kind       spatial.Kind
	}{
		{"/styles/xanh.json", "style.unknown", spatial.NotFound},
		{"/styles/sang.json?lang=fr", "parameter.malformed", spatial.Invalid},
		{"/styles/sang.json?lang=", "parameter.malformed", spatial.Invalid},
		{"/styles/sang.json?theme=x", "parameter.unknown", spatial.Invalid},
		{"/styles/sang.json?form=", "parameter.malformed", spatial.Invalid},
		{"/styles/sang.json?form=full", "parameter.malformed", spatial.Invalid},
		{"/styles/sang", "route.unknown", spatial.NotFound},
		{"/styles/", "route.unknown", spatial.NotFound},
		{"/fonts/Arial/0-255.pbf", "glyphs.unknown", spatial.NotFound},
		{"/fonts/Be%20Vietnam%20Pro%20Regular,Arial/0-255.pbf", "glyphs.unknown", spatial.NotFound},
		{"/fonts/Be%20Vietnam%20Pro%20Regular/1-256.pbf", "glyphs.unknown", spatial.NotFound},
		{"/fonts/OFL.txt", "route.unknown", spatial.NotFound},
		{"/fonts/Be%20Vietnam%20Pro%20Regular/0-255.pbf?w=1", "parameter.unknown", spatial.Invalid},
		{"/sprite@3x.png", "route.unknown", spatial.NotFound},
		{"/sprite", "route.unknown", spatial.NotFound},
		{"/sprite.json?v=1&v=2", "parameter.repeated", spatial.Invalid},
	} {
		r := get(c.path)
		var e *spatial.Error
		if !errors.As(r.err, &e) || e.Code != c.code || e.Kind != c.kind {
			t.Errorf("%s: %d, %v, want %s", c.path, r.Code, r.err, c.code)
		}
	}
}

func TestGlyphsAndSpriteAreKept(t *testing.T) {
	get := server()
	var s struct{ Sprite, Glyphs string }
	if err := json.Unmarshal(get("/styles/sang.json").Body.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	glyphs := strings.NewReplacer("https://map.example", "", "{fontstack}", "Be%20Vietnam%20Pro%20SemiBold", "{range}", "7680-7935").Replace(s.Glyphs)
	sprite := strings.TrimPrefix(s.Sprite, "https://map.example/sprite")
	for path, media := range map[string]string{glyphs: "application/x-protobuf", "/sprite.json" + sprite: "application/json", "/sprite@2x.json" + sprite: "application/json",
		"/sprite.png" + sprite: "image/png", "/sprite@2x.png" + sprite: "image/png"} {
		r := get(path)
		if r.Code != 200 || r.Body.Len() < 1000 || r.Header().Get("Content-Type") != media || r.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d, %d bytes, %v", path, r.Code, r.Body.Len(), r.Header())
		}
		plain, _, _ := strings.Cut(path, "?")
		for _, other := range []string{plain, plain + "?v=old"} {
			o := get(other)
			if o.Code != 200 || o.Body.String() != r.Body.String() || o.Header().Get("Cache-Control") != "no-cache" || o.Header().Get("ETag") == "" {
				t.Errorf("%s: %d, %v", other, o.Code, o.Header())
			}
			if again := get(other, "If-None-Match", o.Header().Get("ETag")); again.Code != 304 {
				t.Errorf("%s asked again: %d", other, again.Code)
			}
		}
	}
	none := get(strings.Replace(glyphs, "7680-7935", "19968-20223", 1))
	if none.Code != 200 || none.Body.Len() != 0 || none.Header().Get("Content-Type") != "application/x-protobuf" || none.err != nil {
		t.Errorf("letters that the font does not have: %d, %d bytes, %v", none.Code, none.Body.Len(), none.err)
	}
}
