package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"github.com/langbiang/langbiang/spatial"
)

const defaultConfig = "langbiang.toml"

// configFile answers for flags that stand neither on the command line nor in the
// environment: a key of the file named like the flag, at the top or in the table
// of the command. It reads the file that --config names when first asked.
type configFile struct {
	read   bool
	path   string
	values map[string]any
}

// Validate is part of kong.Resolver; keys are checked when the file is read.
func (f *configFile) Validate(*kong.Application) error { return nil }

// Resolve gives the file's value for a flag; nil where it has none.
func (f *configFile) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "config" || flag.Name == "help" {
		return nil, nil
	}
	if err := f.load(ctx); err != nil {
		return nil, err
	}
	for _, e := range flag.Envs {
		if os.Getenv(e) != "" {
			return nil, nil
		}
	}
	table := f.values
	for _, word := range strings.Fields(ctx.Command()) {
		inner, ok := table[word].(map[string]any)
		if !ok {
			break
		}
		if v, ok := inner[flag.Name]; ok {
			return plain(v), nil
		}
		table = inner
	}
	if v, ok := f.values[flag.Name]; ok {
		return plain(v), nil
	}
	return nil, nil
}

// plain makes of a TOML value what a flag reads.
func plain(v any) any {
	if l, ok := v.([]any); ok {
		words := make([]string, len(l))
		for i, w := range l {
			words[i] = fmt.Sprint(w)
		}
		return strings.Join(words, ",")
	}
	return fmt.Sprint(v)
}

func (f *configFile) load(ctx *kong.Context) error {
	if f.read {
		return nil
	}
	f.read, f.path = true, defaultConfig
	for _, flag := range ctx.Flags() {
		if flag.Name == "config" {
			f.path, _ = ctx.FlagValue(flag).(string)
		}
	}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) && f.path == defaultConfig {
		return nil
	}
	if err == nil {
		_, err = toml.Decode(string(text), &f.values)
	}
	if err != nil {
		return &spatial.Error{Op: "read the configuration", Kind: spatial.Invalid, Code: "config.unreadable", Subject: f.path, Err: err}
	}
	return f.known(ctx.Model.Node, f.values, "")
}

// known refuses a key that no flag has: a word misspelt would be a setting lost.
func (f *configFile) known(n *kong.Node, table map[string]any, under string) error {
	for key, v := range table {
		if inner, ok := v.(map[string]any); ok {
			i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == key })
			if i >= 0 {
				if err := f.known(n.Children[i], inner, under+key+"."); err != nil {
					return err
				}
				continue
			}
		} else if hasFlag(n, key, under == "") {
			continue
		}
		return &spatial.Error{Op: "read the configuration", Kind: spatial.Invalid, Code: "config.key", Subject: f.path, Args: map[string]any{"key": under + key}}
	}
	return nil
}

// hasFlag reports whether a command has a flag; at the top of the file a flag of
// any command counts.
func hasFlag(n *kong.Node, name string, below bool) bool {
	if name != "help" && name != "config" && slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == name }) {
		return true
	}
	return below && slices.ContainsFunc(n.Children, func(c *kong.Node) bool { return hasFlag(c, name, true) })
}
