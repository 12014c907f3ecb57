package desk_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
)

func TestADeskHasBounds(t *testing.T) {
	r := open(t, func(c *desk.Config, _ *spatial.Place) { c.Bytes, c.Own, c.All = 1000, 2, 3 })
	add := func(name, body string) error {
		tray, err := r.desk.Receive(t.Context(), lan)
		if err != nil {
			t.Fatal(err)
		}
		defer tray.Abandon()
		return tray.Add(name, strings.NewReader(body))
	}
	refused(t, add("a.csv", strings.Repeat("x", 1001)), spatial.TooLarge, "staged.tooLarge")
	for _, name := range []string{"", "..", ".hidden", "a\x00b.csv", "a\nb", strings.Repeat("x", 201), `C:\`, "/"} {
		refused(t, add(name, "x"), spatial.Invalid, "staged.name")
	}
	if err := add(`C:\data\TO12.shp`, "x"); err != nil {
		t.Error(err)
	}
	if err := add("b.csv", strings.Repeat("x", 1000)); err != nil {
		t.Error(err)
	}
	if len(r.folders()) != 0 {
		t.Errorf("abandoned, and still there: %v", r.folders())
	}

	tray, err := r.desk.Receive(t.Context(), lan)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tray.Lay(desk.Choice{})
	refused(t, err, spatial.Invalid, "file.none")
	if err := tray.Add("a.txt", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	refused(t, tray.Add("A.TXT", strings.NewReader("x")), spatial.Invalid, "staged.twice")
	_, err = tray.Lay(desk.Choice{})
	refused(t, err, spatial.Invalid, "file.format")
	broke := errors.New("the line broke")
	if err := tray.Add("b.csv", io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broke))); !errors.Is(err, broke) {
		t.Error(err)
	}
	if _, err = r.desk.Receive(t.Context(), lan); err != nil {
		t.Fatal(err)
	}
	_, err = r.desk.Receive(t.Context(), lan)
	refused(t, err, spatial.Limited, "staged.own")
	if _, err = r.desk.Receive(t.Context(), an); err != nil {
		t.Fatal(err)
	}
	_, err = r.desk.Receive(t.Context(), an)
	refused(t, err, spatial.Limited, "staged.full")
	tray.Abandon()
	if _, err = r.desk.Receive(t.Context(), an); err != nil {
		t.Error(err)
	}
}

func TestADeliveryDoesNotStayForEver(t *testing.T) {
	r := open(t, func(c *desk.Config, _ *spatial.Place) { c.Life = time.Hour })
	s := r.lay(lan, "a.geojson", plots(5899, 0, "1", 1), desk.Choice{Layer: "parcels"})
	r.settled(lan, s.ID, desk.Ready)
	r.step(50 * time.Minute)
	if _, err := r.desk.Get(lan, s.ID); err != nil {
		t.Fatal(err)
	}
	r.step(50 * time.Minute) // it was asked about meanwhile
	r.desk.Sweep()
	if len(r.folders()) != 1 {
		t.Fatal("thrown away too soon")
	}
	r.step(61 * time.Minute)
	_, err := r.desk.Get(lan, s.ID)
	refused(t, err, spatial.NotFound, "staged.unknown")
	if len(r.folders()) != 0 {
		t.Errorf("%v", r.folders())
	}
	// Run does the same by itself, and closes at its end.
	r.lay(lan, "a.geojson", plots(5899, 0, "1", 1), desk.Choice{Layer: "parcels"})
	ctx, end := context.WithCancel(t.Context())
	r.desk.Run(ctx, func(_ context.Context, d time.Duration) {
		if d <= 0 || d > time.Hour {
			t.Errorf("waits %s", d)
		}
		end()
	})
	if len(r.folders()) != 0 {
		t.Errorf("%v", r.folders())
	}
	_, err = r.desk.Receive(t.Context(), lan)
	refused(t, err, spatial.Unavailable, "staged.closed")
}

// Whatever a file calls itself, it lands in its delivery's folder or is refused.
func FuzzTray(f *testing.F) {
	for _, name := range []string{"TO12.shp", `C:\data\thửa đất.zip`, "../../etc/passwd", "..", "/", "a/../../b.csv", ".ssh", "a\x00b", "CON", "ex\u0302.csv", "\xff.csv", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		dir := t.TempDir()
		d := desk.New(desk.Config{Store: noPlace{}, Dir: dir, NewID: func() string { return "d" }})
		defer d.Close()
		tray, err := d.Receive(t.Context(), lan)
		if err != nil {
			t.Fatal(err)
		}
		if err := tray.Add(name, strings.NewReader("x")); err != nil {
			refused(t, err, spatial.Invalid, "staged.name")
		}
		var files, depth int
		err = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files++
				rel, _ := filepath.Rel(dir, path)
				depth = strings.Count(rel, string(filepath.Separator))
			}
			return err
		})
		if err != nil || files > 1 || files == 1 && depth != 2 {
			t.Errorf("%q: %d files, %d deep, %v", name, files, depth, err)
		}
	})
}

// noPlace is a store that says nothing but that it has no place.
type noPlace struct{ desk.Store }

func (noPlace) Place(context.Context) (spatial.Place, error) {
	return spatial.Place{}, &spatial.Error{Kind: spatial.NotFound, Code: "place.unset"}
}
