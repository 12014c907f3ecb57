package pages

import (
	"net/http"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// failure is an error as a page.
type failure struct {
	Title, Detail string
	Status        int
}

func (f failure) heading() (string, string) { return f.Title, f.Detail }

// fail answers an error: as HTML to who reads it, as a problem document to others.
func (h *handler) fail(w http.ResponseWriter, q *request, err error) {
	if h.cfg.Problem != nil && !readsHTML(q.Request) {
		h.cfg.Problem(w, q.Request, err)
		return
	}
	f := failure{}
	name := "internal"
	switch spatial.KindOf(err) {
	case spatial.NotFound:
		name, f.Status = "notFound", http.StatusNotFound
	case spatial.Invalid:
		name, f.Status = "invalid", http.StatusBadRequest
	case spatial.Denied:
		name, f.Status = "denied", http.StatusForbidden
	case spatial.Unavailable:
		name, f.Status, f.Detail = "unavailable", http.StatusServiceUnavailable, q.text("error.unavailableMore")
		w.Header().Set("Retry-After", "30")
	default:
		f.Status, f.Detail = http.StatusInternalServerError, q.text("error.internalMore")
	}
	f.Title = q.text("error." + name)
	if code := spatial.CodeOf(err); f.Status < 500 {
		if _, ok := q.texts["error."+code]; ok {
			f.Detail = q.text("error." + code)
		}
	}
	h.write(w, q, f.Status, "failure.html", f)
}

// readsHTML reports whether the client names HTML among what it accepts: browsers
// do, programs do not.
func readsHTML(r *http.Request) bool {
	a := strings.ToLower(r.Header.Get("Accept"))
	return strings.Contains(a, "text/html") || strings.Contains(a, "application/xhtml+xml")
}
