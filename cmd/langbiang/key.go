package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/web/auth"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key and print its secret, once."`
	List   keyListCmd   `cmd:"" help:"List the keys, never their secrets."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key and the browser sessions it opened."`
}

// Help is the command's manual.
func (keyCmd) Help() string {
	return `A key says who is asking. Without one a caller is the public. It is sent as
"Authorization: Bearer KEY", or given to the sign-in page for a session.`
}

type keyCreateCmd struct {
	Role   string   `required:"" help:"What the key may see and do: public, planner, editor, operator or admin." placeholder:"ROLE"`
	Name   string   `required:"" env:"-" help:"Who or what holds the key; stands beside every change it makes." placeholder:"NAME"`
	Origin []string `help:"Web origins (https://map.example.vn) that a read key is bound to; it may then stand in a tile's address. Only for --role public." placeholder:"ORIGIN"`
}

// Help is the command's manual.
func (keyCreateCmd) Help() string {
	return `Prints the secret on standard output and nothing else there, so that a script can
keep it. The store holds only its SHA-256: a lost secret cannot be shown again,
make a new key and revoke the old one.

    langbiang key create --role editor --name "Phòng TN&MT"
    langbiang key create --role public --name portal --origin https://portal.example.vn

Roles: public sees what anybody sees; planner may query and edit plans; editor may
edit land and import; operator runs the operations layers; admin may do all.`
}

// Run makes the key.
func (k keyCreateCmd) Run(ctx context.Context, c *console, line *cli) error {
	role, err := access.ParseRole(k.Role)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(k.Name)
	if name == "" {
		return &spatial.Error{Op: "make a key", Kind: spatial.Invalid, Code: "key.name"}
	}
	if len(k.Origin) > 0 && role != access.Public {
		return &spatial.Error{Op: "make a key", Kind: spatial.Invalid, Code: "key.origin", Args: map[string]any{"role": k.Role}}
	}
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	secret := auth.NewSecret()
	if _, err := s.PutKey(ctx, access.Key{Name: name, Role: role, Hash: access.Hash(secret), Origins: k.Origin, Created: c.now().UTC().Truncate(time.Millisecond)}); err != nil {
		return err
	}
	c.note("Khoá %q (%s). Bí mật chỉ hiện một lần này:", "Key %q (%s). The secret is shown this once:", name, role)
	fmt.Fprintln(c.out, secret)
	return nil
}

type keyListCmd struct{}

// Help is the command's manual.
func (keyListCmd) Help() string {
	return `One line a key: name, role, when it was made, and since when it is revoked.`
}

// Run lists the keys.
func (keyListCmd) Run(ctx context.Context, c *console, line *cli) error {
	s, err := openStore(ctx, line.Store, c, reading)
	if err != nil {
		return err
	}
	defer s.Close()
	keys, err := s.Keys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		c.note("Chưa có khoá nào.", "There are no keys yet.")
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, c.in("TÊN\tVAI TRÒ\tTẠO LÚC\tTHU HỒI LÚC\tNGUỒN", "NAME\tROLE\tCREATED\tREVOKED\tORIGINS"))
	for _, k := range keys {
		revoked := "–"
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.Name, k.Role, k.Created.UTC().Format(time.RFC3339), revoked, strings.Join(k.Origins, ","))
	}
	return w.Flush()
}

type keyRevokeCmd struct {
	Name string `arg:"" optional:"" help:"The key's name." name:"name"`

	ByName string `name:"name" env:"-" help:"The same, as a flag." placeholder:"NAME"`
}

// Help is the command's manual.
func (keyRevokeCmd) Help() string {
	return `From then on the secret opens nothing, on every server of the store, and sessions
that it opened in browsers end. The name can be given to a new key.

    langbiang key revoke "Phòng TN&MT"`
}

// Run ends the key.
func (k keyRevokeCmd) Run(ctx context.Context, c *console, line *cli) error {
	name := strings.TrimSpace(k.Name + k.ByName)
	if name == "" || k.Name != "" && k.ByName != "" {
		return &spatial.Error{Op: "revoke a key", Kind: spatial.Invalid, Code: "key.name"}
	}
	s, err := openStore(ctx, line.Store, c, writing)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.RevokeKey(ctx, name); err != nil {
		return err
	}
	c.say("Đã thu hồi khoá %q.", "Key %q is revoked.", name)
	return nil
}
