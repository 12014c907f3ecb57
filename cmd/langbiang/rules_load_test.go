package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// The list says of each record whether it is in use, and of one that cannot be read
// what is wrong with it, in words.
func TestRulesListSaysWhatIsWrong(t *testing.T) {
	pack := func(code, version, limits string) planning.Loaded {
		return planning.Loaded{Code: code, Version: version, Body: `pack: ` + code + `
version: "` + version + `"
title: {vi: Thử, en: Test}
applies: country
documents: [{id: D, title: {vi: Thử, en: Test}, status: demo}]
rules: [{code: X` + version + `, title: {vi: Tầng, en: Floors}, limits: ` + limits + `, value: 3, document: D, status: demo}]
`}
	}
	var out, told bytes.Buffer
	c := &console{out: &out, err: &told, lang: "en", now: time.Now, env: func(string) string { return "" }}
	line := &cli{Store: filepath.Join(t.TempDir(), "store.gpkg")}
	s, err := openStore(t.Context(), line.Store, c, writing)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Apply(t.Context(), change.Commit{By: "test"}, func(yield func(change.Op, error) bool) {
		for _, l := range []planning.Loaded{pack("A", "1", "floors"), pack("A", "2", "floors"), pack("qcvn-01-2021", "3", "flours")} {
			if !yield(change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: planning.RulePacksLayer, Key: l.Code, Values: l.Values("Thử")}}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (rulesListCmd{}).Run(t.Context(), c, line); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range [][]string{{"CODE"}, {"qcvn-01-2021", "1", "program", "in use"}, {"A", "1", "loaded", "in use"}, {"A", "2", "loaded", "UNUSABLE"}, {"qcvn-01-2021", "3", "loaded", "UNUSABLE"}} {
		for _, w := range want {
			if i >= len(rows) || !strings.Contains(rows[i], w) {
				t.Errorf("row %d lacks %q:\n%s", i, w, out.String())
			}
		}
	}
	for _, want := range []string{"A: The rule pack A is recorded twice", "qcvn-01-2021:6:", "There is no flours."} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q is not told:\n%s", want, told.String())
		}
	}
	if strings.Contains(told.String(), "map[") {
		t.Errorf("raw words of the machine:\n%s", told.String())
	}
}
