package spatial

import "strings"

// Access is the class of a layer, a field or a record: who may see it.
type Access uint8

const (
	Public     Access = iota // anybody
	Official                 // staff of the administration: provenance, drafts, unmoderated data
	Operations               // the operations centre: exact camera positions, live state
	Personal                 // about a person; never in a tile, a search or a public answer
	accessCount
)

var accessNames = [accessCount]string{"public", "official", "operations", "personal"}

// String is the class's name as stored and shown.
func (a Access) String() string {
	if a < accessCount {
		return accessNames[a]
	}
	return "personal"
}

// ParseAccess reads a class's name.
func ParseAccess(s string) (Access, error) {
	for i, n := range accessNames {
		if n == s {
			return Access(i), nil
		}
	}
	return Personal, &Error{Op: "read an access class", Kind: Invalid, Code: "access.unknown", Args: map[string]any{"value": s, "known": strings.Join(accessNames[:], ", ")}}
}

// Tier is the set of access classes a caller may see, one bit a class. It is part
// of every read of the model and of every cache key and ETag.
type Tier uint8

// Tiers of the roles. TierPublic is the zero-privilege tier, not the zero value:
// the zero Tier sees nothing at all.
const (
	TierPublic   Tier = 1 << Public
	TierOfficial Tier = TierPublic | 1<<Official
	TierOperator Tier = TierOfficial | 1<<Operations
	TierAll      Tier = 1<<accessCount - 1
)

// Sees reports whether the tier may see class a.
func (t Tier) Sees(a Access) bool { return t&(1<<a) != 0 }
