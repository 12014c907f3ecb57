package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

type rulesExplainCmd struct {
	Parcel string `arg:"" help:"The parcel: its id, or commune/sheet/number." placeholder:"PARCEL"`
	Rule   string `help:"Only what this rule says." placeholder:"CODE"`
}

// Help is the command's manual.
func (rulesExplainCmd) Help() string {
	return `What may be built on a parcel by the store as it stands: each limit with what it
rests on, what else was looked at, and what is not known. Then every rule in use:
whether it applies to each part of the parcel, what it says, and of those that do
not apply, the condition that fails.

    langbiang rules explain 1234
    langbiang rules explain 24781/12/345
    langbiang rules explain 1234 --rule QCVN-T27-SETBACK`
}

// Run explains the parcel.
func (k rulesExplainCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	whole, model, err := cityOf(ctx, s, c)
	if err != nil {
		return err
	}
	v := model.View(spatial.TierAll)
	id, err := k.find(v)
	if err != nil {
		return err
	}
	card, asked, err := whole.Explain(v, id, c.lang)
	if err != nil {
		return err
	}
	if k.Rule == "" {
		c.card(card)
	}
	shown := 0
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, c.in("QUY TẮC\tHẠN CHẾ\tPHẦN\tÁP DỤNG\tGIÁ TRỊ\tVÌ", "RULE\tLIMITS\tPART\tAPPLIES\tSAYS\tWHY"))
	for _, a := range asked {
		if k.Rule != "" && a.Rule != k.Rule {
			continue
		}
		shown++
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Rule, a.Limit, c.part(a), a.Applies, says(a), why(a))
	}
	if shown == 0 && k.Rule != "" {
		return &spatial.Error{Op: "explain a parcel", Kind: spatial.NotFound, Code: "rules.none", Subject: k.Rule, Args: map[string]any{"rule": k.Rule}}
	}
	return w.Flush()
}

// find is the parcel that is meant.
func (k rulesExplainCmd) find(v index.View) (uint64, error) {
	if id, err := strconv.ParseUint(k.Parcel, 10, 64); err == nil {
		return id, nil
	}
	unknown := &spatial.Error{Op: "explain a parcel", Kind: spatial.NotFound, Code: "parcel.unknown", Subject: k.Parcel, Args: map[string]any{"id": k.Parcel}}
	ref := strings.Split(k.Parcel, "/")
	if len(ref) != 3 {
		return 0, unknown
	}
	ids := search.ByReference(v, ref[0], ref[1], ref[2])
	switch len(ids) {
	case 0:
		return 0, unknown
	case 1:
		return ids[0], nil
	}
	var all []string
	for _, id := range ids {
		all = append(all, strconv.FormatUint(id, 10))
	}
	return 0, &spatial.Error{Op: "explain a parcel", Kind: spatial.Conflict, Code: "parcel.several", Subject: k.Parcel, Args: map[string]any{"reference": k.Parcel, "ids": strings.Join(all, ", ")}}
}

// card prints the limits of a parcel with what they rest on.
func (c *console) card(card city.Card) {
	p := &card.Planning
	fmt.Fprintf(c.out, "%s %s\n", c.in("Thửa", "Parcel"), card.ID)
	for _, z := range p.Zones {
		fmt.Fprintf(c.out, "  %s %s %s, %s\n", c.in("Ô", "Zone"), text(z.Code), text(z.Use), share(z.Share))
	}
	for _, f := range p.Findings {
		fmt.Fprintf(c.out, "  ! %s %s\n", f.Kind, strings.Join(append(append(f.Plans, f.Zones...), f.Packs...), ", "))
	}
	limit := func(name, unit string, outcome planning.Outcome, value *float64, sign string, status *string, because *planning.Reason, could []planning.Could) {
		if value == nil {
			fmt.Fprintf(c.out, "%-14s %s\n", name, outcome)
		} else {
			fmt.Fprintf(c.out, "%-14s %s %v %s (%s) – %s\n", name, sign, *value, unit, text(status), reason(because))
		}
		for _, d := range could {
			fmt.Fprintf(c.out, "  ? %s: %s (%s)\n", d.Input, d.Could, d.Rule)
		}
	}
	for _, l := range []struct {
		name, unit string
		limit      *planning.Limit
	}{{"floors", "", &p.Floors}, {"height", "m", &p.Height}, {"density", "%", &p.Density}, {"far", "", &p.FAR}} {
		limit(l.name, l.unit, l.limit.Outcome, l.limit.Max, "≤", l.limit.Status, l.limit.Because, l.limit.Could)
		for _, a := range l.limit.AlsoConsidered {
			fmt.Fprintf(c.out, "  · %v %s – %s %s\n", a.Max, l.unit, a.Rule, a.Title)
		}
	}
	for _, s := range p.Setbacks {
		limit("setback."+s.Side, "m", s.Outcome, s.Min, "≥", s.Status, s.Because, s.Could)
	}
	for _, q := range p.Requirements {
		limit(q.Limit, q.Unit, q.Outcome, q.Min, "≥", q.Status, q.Because, q.Could)
	}
	fmt.Fprintln(c.out)
}

// reason is what a number rests on, in one line.
func reason(r *planning.Reason) string {
	if r == nil {
		return ""
	}
	parts := []string{r.Rule + " " + r.Title}
	for _, p := range []*string{r.Zone, r.Restriction, r.Article} {
		if p != nil {
			parts = append(parts, *p)
		}
	}
	if r.Document != nil {
		parts = append(parts, text(r.Document.Number))
	}
	return strings.Join(parts, ", ")
}

func text(s *string) string {
	if s == nil {
		return "–"
	}
	return *s
}

func share(f *float64) string {
	if f == nil {
		return "?"
	}
	return fmt.Sprintf("%.1f %%", *f*100)
}

// part names a part of a parcel.
func (c *console) part(a planning.Asked) string {
	zone := a.Zone
	if zone == "" {
		zone = c.in("ngoài các ô", "outside zones")
	}
	return fmt.Sprintf("%s %.0f %%", zone, a.Share*100)
}

// says is the number of a rule.
func says(a planning.Asked) string {
	switch {
	case a.Applies == "no":
		return "–"
	case a.From == a.To:
		return strings.TrimSpace(fmt.Sprint(a.From, " ", a.Unit))
	case math.IsInf(a.To, 0):
		return strings.TrimSpace(fmt.Sprint("≥ ", a.From, " ", a.Unit))
	}
	return strings.TrimSpace(fmt.Sprint(a.From, "–", a.To, " ", a.Unit))
}

// why is the condition that fails, or what is not known.
func why(a planning.Asked) string {
	if len(a.Missing) > 0 {
		return "? " + strings.Join(a.Missing, ", ")
	}
	return a.Fails
}
