package ioc

import "github.com/langbiang/langbiang/spatial"

// Access is the class of a record whose source says nothing about who may see it.
// Only a traffic camera is public, another's place is for the operations centre;
// an incident is public once it was published, and until then for staff. Records
// of other layers are as public as their layer. values are one a field of l.
func Access(l *spatial.Layer, values []spatial.Value) spatial.Access {
	says := func(field, value string) bool {
		i := l.Index(field)
		return i >= 0 && i < len(values) && values[i].Text() == value
	}
	switch {
	case l.Name == CamerasLayer && !says("kind", "traffic"):
		return spatial.Operations
	case l.Name == IncidentsLayer && !says("state", "published"):
		return spatial.Official
	}
	return spatial.Public
}
