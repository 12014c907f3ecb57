// Command langbiang is the server and its command line: it imports land parcels,
// plans and city layers into a store and serves maps and answers from it.
//
// It is not a place for rules of any domain: a command reads its flags, wires
// parts together (wire.go alone opens concrete ones) and says what came of it.
//
// Invariant: a command ends with status 0 only if all it was asked to do is done;
// an error is told in words on standard error, with what to do about it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once: the first one may be waiting.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], system()))
}

const defaultStore = "data/langbiang.gpkg"

// cli is the command line.
type cli struct {
	Store  string `help:"The store: a GeoPackage file, or the address of a PostgreSQL database with PostGIS (postgres://user@host/database). Default: ${default}." default:"data/langbiang.gpkg" placeholder:"FILE|URL"`
	Config string `help:"Configuration file. Flags come before LANGBIANG_… environment variables, and these before the file. Default: ${default}." default:"langbiang.toml" placeholder:"FILE" env:"LANGBIANG_CONFIG"`

	Profiles string `help:"Show Go's profiles of this command at an address of this machine while it runs: go tool pprof http://127.0.0.1:6060/debug/pprof/profile." placeholder:"HOST:PORT"`

	Serve   serveCmd   `cmd:"" help:"Serve the map, the pages and the API."`
	Init    initCmd    `cmd:"" help:"Make an empty store for a place."`
	Demo    demoCmd    `cmd:"" help:"Fill an empty store with the demonstration city."`
	Import  importCmd  `cmd:"" help:"Bring files into a layer."`
	Imports importsCmd `cmd:"" help:"List the named imports, or take one back."`
	Export  exportCmd  `cmd:"" help:"Write a layer to a file."`
	Tiles   tilesCmd   `cmd:"" help:"Bake tiles into one file, or verify such a file."`
	Migrate migrateCmd `cmd:"" help:"Bring a store's schema up to date."`
	Check   checkCmd   `cmd:"" help:"Derive every invariant of a store anew and report what is broken."`
	Rules   rulesCmd   `cmd:"" help:"Check rule packs, put them to use, and explain what they say of a parcel."`
	Key     keyCmd     `cmd:"" help:"Make, list and revoke API keys."`
	Backup  backupCmd  `cmd:"" help:"Copy the embedded store to one checksummed file, also while it is served."`
	Restore restoreCmd `cmd:"" help:"Put a backup back in the place of the embedded store."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// Help is the foot of `langbiang --help`.
func (cli) Help() string {
	return `A first run, from an empty folder to a map of real parcels:

    langbiang init --name "Đà Lạt" --plane EPSG:5899 --bounds 108.3,11.8,108.7,12.1
    langbiang import parcels thua_dat.zip
    langbiang serve

Every flag can stand in the environment (--tile-cache is LANGBIANG_TILE_CACHE) or
in langbiang.toml (tile-cache = "512MiB", or under [serve]).

Exit status: 0 done, 1 failed, and for import 3: done, with rows left out.`
}

// AfterApply takes an empty --store (an empty variable of the environment) as none.
func (l *cli) AfterApply() error {
	if l.Store == "" {
		l.Store = defaultStore
	}
	return nil
}

// status ends the program with a status and without a further word.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run is main without the process: arguments in, exit status out.
func run(ctx context.Context, args []string, c *console) (code int) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case status:
			code = int(p)
		default:
			c.failed(fmt.Errorf("%v", p))
			if c.env("LANGBIANG_DEBUG") != "" {
				fmt.Fprintf(c.err, "%s\n", debug.Stack())
			}
			code = 1
		}
	}()
	var line cli
	file := &configFile{}
	parser, err := kong.New(&line,
		kong.Name("langbiang"),
		kong.Description("A land and urban-planning map server: parcels, plans and city layers in, maps and answers out."),
		kong.DefaultEnvars("LANGBIANG"),
		kong.Resolvers(file),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { panic(status(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c, &line),
	)
	if err != nil {
		c.failed(err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		c.misused(err)
		return 1
	}
	if line.Profiles != "" {
		stop, err := profiles(line.Profiles)
		if err != nil {
			c.failed(err)
			return 1
		}
		defer stop()
	}
	err = parsed.Run()
	var s status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return int(s)
	}
	c.failed(err)
	return 1
}
