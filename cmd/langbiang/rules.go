package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
)

type rulesCmd struct {
	Check   rulesCheckCmd   `cmd:"" help:"Check a rule pack and say what is in it."`
	Load    rulesLoadCmd    `cmd:"" help:"Put a rule pack to use."`
	List    rulesListCmd    `cmd:"" help:"List the rule packs in use, and those of other days."`
	End     rulesEndCmd     `cmd:"" help:"Say that a loaded rule pack holds no longer."`
	Explain rulesExplainCmd `cmd:"" help:"Say what may be built on a parcel, and what every rule says of it."`
}

type rulesCheckCmd struct {
	File string `arg:"" help:"The rule pack, a YAML file." placeholder:"FILE"`
}

// Help is the command's manual.
func (rulesCheckCmd) Help() string {
	return `Reads a rule pack as the server would. Everything that is wrong with it is told at
once, as FILE:LINE:COLUMN: what is wrong. The format is in docs/planning-rules.md.

Exit status 0 where the pack is whole, else 1.

    langbiang rules check quy-dinh-da-lat.yaml`
}

// Run checks the pack.
func (k rulesCheckCmd) Run(c *console) error {
	data, err := os.ReadFile(k.File)
	if err != nil {
		return fileError("read a rule pack", k.File, err)
	}
	p, err := rules.Read(k.File, data)
	if err != nil {
		return c.wrongPack(k.File, err)
	}
	if _, err := planning.Compile([]planning.Pack{p}); err != nil {
		return err
	}
	c.summary(p)
	return nil
}

// wrongPack tells all that is wrong with a pack file.
func (c *console) wrongPack(file string, err error) error {
	var wrong rules.Problems
	if !errors.As(err, &wrong) {
		return err
	}
	for _, w := range wrong {
		fmt.Fprintln(c.err, c.explain(w.In(file)))
	}
	c.note("%s: %d chỗ sai.", "%s: %d problems.", file, len(wrong))
	return status(1)
}

// summary says how many rules a pack has, by limit and by status.
func (c *console) summary(p planning.Pack) {
	fmt.Fprintf(c.out, "%s %s: %s\n", p.ID, p.Version, p.Title.In(c.lang))
	where := c.in("cả nước", "the whole country")
	if len(p.Communes) > 0 {
		where = fmt.Sprintf(c.in("%d xã, phường", "%d communes"), len(p.Communes))
	}
	c.say("%d quy tắc, %d văn bản, áp dụng cho %s.", "%d rules, %d documents, for %s.", len(p.Rules), len(p.Documents), where)
	if p.Valid != (spatial.Period{}) {
		c.say("Áp dụng %s.", "In force %s.", c.days(p.Valid))
	}
	statuses := planning.Statuses()
	fmt.Fprintf(c.out, "  %-16s %6s", "", c.in("quy tắc", "rules"))
	for _, s := range statuses {
		fmt.Fprintf(c.out, " %10s", s)
	}
	fmt.Fprintln(c.out)
	for _, l := range planning.Limits() {
		n, numbers := 0, map[string]int{}
		for _, r := range p.Rules {
			if r.Limits != l.Name {
				continue
			}
			n++
			if r.Value.Table == nil {
				numbers[r.Status]++
				continue
			}
			for _, cell := range r.Value.Table.Cells {
				s := cell.Status
				if s == "" {
					s = r.Status
				}
				numbers[s]++
			}
		}
		if n == 0 {
			continue
		}
		fmt.Fprintf(c.out, "  %-16s %6d", l.Name, n)
		for _, s := range statuses {
			fmt.Fprintf(c.out, " %10d", numbers[s])
		}
		fmt.Fprintln(c.out)
	}
	c.say("Bốn cột sau đếm con số theo mức tin cậy.", "The last four columns count numbers by how sure they are.")
	if p.Precedence.Levels != nil {
		c.say("Đồ án nào có giá trị trước: %v.", "Which plan prevails: %v.", p.Precedence.Levels)
	}
}

// days is a period in words.
func (c *console) days(p spatial.Period) string {
	switch {
	case p.From == "" && p.To == "":
		return c.in("mọi ngày", "on all days")
	case p.To == "":
		return fmt.Sprintf(c.in("từ %s", "from %s"), p.From)
	case p.From == "":
		return fmt.Sprintf(c.in("đến trước %s", "until before %s"), p.To)
	}
	return fmt.Sprintf(c.in("từ %s đến trước %s", "from %s until before %s"), p.From, p.To)
}
