package index

import (
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/access"
)

// Row is what lists show of an entity, to whoever may read all of it and its System; false if there is none.
func (ix *Index) Row(ref relation.Ref) (Row, bool) {
	var row Row
	var found bool
	ix.read(func(s *state) {
		var at slot
		if at, found = s.find(ref); found {
			s.view(everything, func(v *view) { row = v.row(at, v) })
		}
	})
	return row, found
}

// everything is what somebody may read who may read all.
var everything = func() Scopes {
	all := Scopes{}
	for _, k := range relation.Kinds() {
		all[k] = access.Scope{All: true}
	}
	return all
}()
