// Package access says who is asking: roles as sets of permissions, API keys and
// sessions as the stores keep them.
//
// It is not authentication: web/auth turns a request into a Caller; the stores
// keep keys and sessions.
//
// Invariant: a secret is never held, only its SHA-256; a Caller without a key is
// the public and nothing more.
package access

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// Role is a named set of permissions.
type Role string

const (
	Public   Role = "public" // no key
	Planner  Role = "planner"
	Editor   Role = "editor"
	Operator Role = "operator"
	Admin    Role = "admin"
)

// Permission is one thing a caller may do besides reading what its tier sees.
type Permission string

const (
	Query      Permission = "query"      // planners' queries and exports
	EditLand   Permission = "edit-land"  // parcels and base layers
	EditPlan   Permission = "edit-plan"  // plans, zones, rules
	Import     Permission = "import"     // imports and their undo
	Operate    Permission = "operate"    // incidents and other live layers
	Administer Permission = "administer" // keys, place, layers
)

// Permissions lists what a role may do.
func (r Role) Permissions() []Permission {
	switch r {
	case Planner:
		return []Permission{Query, EditPlan}
	case Editor:
		return []Permission{Query, EditLand, Import}
	case Operator:
		return []Permission{Query, Operate}
	case Admin:
		return []Permission{Query, EditLand, EditPlan, Import, Operate, Administer}
	}
	return nil
}

// Tier is what a role may see. Nobody's tier but the administrator's holds
// personal data.
func (r Role) Tier() spatial.Tier {
	switch r {
	case Planner, Editor:
		return spatial.TierOfficial
	case Operator:
		return spatial.TierOperator
	case Admin:
		return spatial.TierAll
	}
	return spatial.TierPublic
}

// Roles are the roles a key can have.
func Roles() []Role { return []Role{Public, Planner, Editor, Operator, Admin} }

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	if slices.Contains(Roles(), Role(s)) {
		return Role(s), nil
	}
	known := make([]string, 0, 5)
	for _, r := range Roles() {
		known = append(known, string(r))
	}
	return "", &spatial.Error{Op: "read a role", Kind: spatial.Invalid, Code: "role.unknown",
		Args: map[string]any{"value": s, "known": strings.Join(known, ", ")}}
}

// Key is an API key as kept: its secret's hash, never the secret.
type Key struct {
	ID      int64
	Name    string
	Role    Role
	Hash    string   // Hash(secret)
	Origins []string // web origins a read key is bound to; nil = not bound
	Created time.Time
	Revoked time.Time // zero = valid
}

// Session is a browser's session: a key, for a while.
type Session struct {
	Hash    string // Hash(cookie)
	Key     int64
	Expires time.Time
}

// Caller is who is asking.
type Caller struct {
	Name string // the key's name; "" for the public
	Role Role
	Key  int64
}

// Anyone is the caller without a key.
func Anyone() Caller { return Caller{Role: Public} }

// May reports whether the caller has a permission.
func (c Caller) May(p Permission) bool { return slices.Contains(c.Role.Permissions(), p) }

// Tier is what the caller may see.
func (c Caller) Tier() spatial.Tier { return c.Role.Tier() }

// Hash is the hex SHA-256 of a secret. Secrets are 32 random bytes, so a plain
// hash cannot be searched.
func Hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}
