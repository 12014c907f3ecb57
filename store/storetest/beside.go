package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

func testPlace(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	p := spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: 5899, Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}},
		TimeZone: "Asia/Ho_Chi_Minh", Attribution: "© Sở", Contact: "a@b", Demo: true}
	r, err := s.SetPlace(ctx, onDay(today), p)
	if err != nil || r.First != 1 || r.Last != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	second := h.Again(t, s)
	p.Name.VI, p.Demo = "Thành phố Đà Lạt", false
	if _, err = second.SetPlace(ctx, onDay(today), p); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Store{s, second} {
		got, err := s.Place(ctx)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "place", got, p)
		_, l := load(t, s)
		same(t, "place in the load", l.Place, p)
		b, err := s.Batch(ctx, 1, 10)
		if err != nil || b.Place == nil {
			t.Fatalf("batch %+v, %v", b, err)
		}
		same(t, "place in the batch", *b.Place, p)
		same(t, "log", b.Changes, []change.Change{{Rev: 2, Layer: change.PlaceLayer, ID: 1, Verb: change.Update, At: c.Now(), By: "tester"}})
	}
	// without a day in the commit, the place's zone says which day it is: at 18:00 UTC it is tomorrow there
	c.tick(16 * time.Hour)
	f := thing(1, "mai")
	f.Valid.From = "2026-03-02"
	mustApply(t, s, change.Commit{By: "tester"}, create(f))
	get(t, s, "things", 1, spatial.AsOf{})
	get(t, s, "things", 1, spatial.AsOf{Recorded: c.Now()})
	sound(t, s)
}

func testUserLayers(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	second := h.Again(t, s)
	low := 0.0
	l := spatial.Layer{Name: "cay_xanh", Title: spatial.Name{VI: "Cây xanh", EN: "Trees"}, Shape: spatial.Points, Access: spatial.Official, Key: []string{"so"}, Fields: []spatial.Field{
		{Name: "so", Type: spatial.TypeText, Title: spatial.Name{VI: "Số"}}, {Name: "cao", Type: spatial.TypeFloat, Unit: "m", Min: &low, Access: spatial.Operations},
		{Name: "loai", Type: spatial.TypeText, OneOf: []string{"thông", "mai anh đào"}}}}
	r, err := s.AddLayer(ctx, onDay(today), l)
	if err != nil || r.First != 1 || r.Last != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	l.User = true
	for _, bad := range []spatial.Layer{l, Layers()[0], {Name: "CAY_XANH", Shape: spatial.Points}} {
		if _, err := second.AddLayer(ctx, onDay(today), bad); bad.Name == "CAY_XANH" {
			refused(t, err, spatial.Invalid, "layer.name")
		} else {
			refused(t, err, spatial.Conflict, "layer.exists")
		}
	}
	f := spatial.Feature{Layer: "cay_xanh", Display: orb.Point{108.4, 11.9}, Legal: orb.Point{570000, 1320000}, SRID: 5899,
		Values: []spatial.Value{spatial.Text("T1"), spatial.Float(12.5), spatial.Text("thông")}}
	// the other handle has not been told of the layer: it finds it by itself
	f.ID = mustApply(t, second, onDay(today), create(f)).Created[0]
	f.Version, f.Rev, f.At = 1, 2, c.Now()
	everywhere(t, s, f)
	everywhere(t, second, f)
	third := h.Again(t, s)
	for _, s := range []Store{s, second, third} {
		ls, err := s.Layers(ctx)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "layers", ls, append(Layers(), l))
		_, loaded := load(t, s)
		same(t, "layers in the load", loaded.Layers, append(Layers(), l))
		b, err := s.Batch(ctx, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "layers in the batch", b.Layers, []spatial.Layer{l})
		if len(b.Changes) != 1 || b.Changes[0].Layer != change.LayersLayer || b.Changes[0].Verb != change.Create || b.Changes[0].ID != 1 {
			t.Fatalf("log %+v", b.Changes)
		}
	}
	f.Values[2] = spatial.Text("bạch đàn")
	f.ID = 0
	_, err = third.Apply(ctx, onDay(today), seq(create(f)))
	refused(t, err, spatial.Invalid, "")
	sound(t, s)
}

func testKeys(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	put := func(name, secret string, role access.Role, origins []string) access.Key {
		t.Helper()
		k, err := s.PutKey(ctx, access.Key{Name: name, Role: role, Hash: access.Hash(secret), Origins: origins, Created: c.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	a := put("văn phòng", "s1", access.Editor, nil)
	b := put("bản đồ", "s2", access.Public, []string{"https://a.vn", "https://b.vn"})
	if a.ID == 0 || b.ID <= a.ID {
		t.Fatalf("ids %d, %d", a.ID, b.ID)
	}
	_, err := s.PutKey(ctx, access.Key{Name: "bản đồ", Role: access.Admin, Hash: access.Hash("s3"), Created: c.Now()})
	refused(t, err, spatial.Conflict, "key.exists")
	second := h.Again(t, s)
	keys, err := second.Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "keys", keys, []access.Key{a, b})
	got, err := second.KeyByHash(ctx, access.Hash("s2"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "key", got, b)
	_, err = s.KeyByHash(ctx, access.Hash("s3"))
	refused(t, err, spatial.NotFound, "key.unknown")
	b.Revoked = c.tick(time.Hour)
	if err := s.RevokeKey(ctx, "bản đồ"); err != nil {
		t.Fatal(err)
	}
	refused(t, s.RevokeKey(ctx, "bản đồ"), spatial.NotFound, "key.unknown")
	_, err = second.KeyByHash(ctx, access.Hash("s2"))
	refused(t, err, spatial.NotFound, "key.unknown")
	b2 := put("bản đồ", "s4", access.Planner, nil)
	keys, err = s.Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "keys", keys, []access.Key{a, b, b2})
	if head(t, s) != 0 {
		t.Fatal("keys are no business of the log")
	}
}

func testSessions(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	k, err := s.PutKey(ctx, access.Key{Name: "quản trị", Role: access.Admin, Hash: access.Hash("s"), Created: c.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"một", "hai"} {
		if err := s.PutSession(ctx, access.Session{Hash: access.Hash(name), Key: k.ID, Expires: c.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	has := func(name string, want bool) {
		t.Helper()
		got, err := s.SessionKey(ctx, access.Hash(name))
		if !want {
			refused(t, err, spatial.NotFound, "key.unknown")
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		same(t, "key", got, k)
	}
	has("một", true)
	has("ba", false)
	for range 2 { // the second time there is nothing left to delete
		if err := s.DeleteSession(ctx, access.Hash("một")); err != nil {
			t.Fatal(err)
		}
	}
	has("một", false)
	has("hai", true)
	c.tick(time.Hour)
	has("hai", false)
	if err := s.PutSession(ctx, access.Session{Hash: access.Hash("bốn"), Key: k.ID, Expires: c.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	has("bốn", true)
	if err := s.RevokeKey(ctx, k.Name); err != nil {
		t.Fatal(err)
	}
	has("bốn", false)
}
