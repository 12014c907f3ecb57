package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

type initCmd struct {
	Name     string `required:"" env:"-" help:"What the place is called, in Vietnamese." placeholder:"NAME"`
	NameEn   string `help:"What it is called in English; the same where left out." placeholder:"NAME"`
	Plane    string `required:"" help:"The plane it is surveyed in: shapes that come in degrees get their legal shape there, and areas are computed in it." placeholder:"EPSG:5899"`
	Bounds   string `required:"" help:"Its box in longitude and latitude: west, south, east, north." placeholder:"W,S,E,N"`
	TimeZone string `help:"Its time zone: when a day begins." default:"Asia/Ho_Chi_Minh" placeholder:"ZONE"`

	Attribution string `help:"Whose data it is, shown on every page." placeholder:"TEXT"`
	Contact     string `help:"Who answers for it." placeholder:"TEXT"`
}

// Help is the command's manual.
func (initCmd) Help() string {
	return `Makes the store where there is none, brings its schema up to date, and records
the place. A store whose place has a name already is left as it is.

Without init, the first import takes plane and bounds from the file and says so;
init gives such a place its name. Its plane cannot change any more then.

    langbiang init --name "Đà Lạt" --plane EPSG:5899 --bounds 108.30,11.80,108.70,12.10
    langbiang init --store postgres://langbiang@127.0.0.1/city --name "Đà Lạt" \
        --plane EPSG:5899 --bounds 108.30,11.80,108.70,12.10 --time-zone Asia/Ho_Chi_Minh`
}

// Run records the place.
func (i initCmd) Run(ctx context.Context, c *console, line *cli) error {
	p, err := i.place()
	if err != nil {
		return err
	}
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	old, err := s.Place(ctx)
	switch {
	case err == nil && old.Name.VI != "":
		return &spatial.Error{Op: "init", Kind: spatial.Conflict, Code: "place.set", Subject: shown(line.Store), Args: map[string]any{"name": old.Name.VI}}
	case err == nil && old.Plane != p.Plane:
		return &spatial.Error{Op: "init", Kind: spatial.Conflict, Code: "place.planeSet", Subject: shown(line.Store),
			Args: map[string]any{"plane": "EPSG:" + strconv.Itoa(int(old.Plane)), "asked": i.Plane}}
	case err != nil && spatial.KindOf(err) != spatial.NotFound:
		return err
	}
	if _, err := s.SetPlace(ctx, change.Commit{By: byCLI, Today: spatial.DayOf(c.now(), p.Zone())}, p); err != nil {
		return err
	}
	c.say("%s: đã ghi địa bàn %s (%s). Tiếp theo: langbiang import LỚP TỆP…", "%s: the place is %s (%s). Next: langbiang import LAYER FILE…", shown(line.Store), p.Name.In(c.lang), i.Plane)
	return nil
}

// place reads the flags.
func (i initCmd) place() (spatial.Place, error) {
	bad := func(code, value string, pairs ...any) (spatial.Place, error) {
		args := map[string]any{"value": value}
		for k := 0; k+1 < len(pairs); k += 2 {
			args[fmt.Sprint(pairs[k])] = pairs[k+1]
		}
		return spatial.Place{}, &spatial.Error{Op: "init", Kind: spatial.Invalid, Code: code, Args: args}
	}
	plane, err := crs.Parse(i.Plane)
	if err != nil {
		return spatial.Place{}, err
	}
	if !crs.Metric(plane) {
		return bad("place.plane", i.Plane)
	}
	b, ok := boxOf(i.Bounds)
	if !ok {
		return bad("place.bounds", i.Bounds)
	}
	if _, err := time.LoadLocation(i.TimeZone); err != nil || i.TimeZone == "" || i.TimeZone == "Local" {
		return bad("place.zone", i.TimeZone)
	}
	name := strings.TrimSpace(i.Name)
	if name == "" {
		return bad("place.name", i.Name)
	}
	return spatial.Place{Name: spatial.Name{VI: name, EN: i.NameEn}, Plane: plane, Bounds: b, TimeZone: i.TimeZone, Attribution: i.Attribution, Contact: i.Contact}, nil
}

// boxOf reads west,south,east,north in degrees.
func boxOf(text string) (b orb.Bound, ok bool) {
	parts := strings.Split(text, ",")
	var v [4]float64
	if len(parts) != len(v) {
		return b, false
	}
	for k, s := range parts {
		var err error
		if v[k], err = strconv.ParseFloat(strings.TrimSpace(s), 64); err != nil {
			return b, false
		}
	}
	b = orb.Bound{Min: orb.Point{v[0], v[1]}, Max: orb.Point{v[2], v[3]}}
	// What holds, so that NaN is refused too.
	return b, b.Min[0] < b.Max[0] && b.Min[1] < b.Max[1] && b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -90 && b.Max[1] <= 90
}
