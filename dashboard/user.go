package dashboard

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// userView is what the page of a User shows.
type userView struct {
	entityView
	Mail   *outside `json:"mail,omitempty"`
	Groups items    `json:"memberOf"`
	Owns   owned    `json:"owns"`
	List   string   `json:"list"`
}

func (s *server) user(r *request) (*userView, error) {
	l, u, err := asked[*catalog.User](s, r, relation.User)
	if err != nil {
		return nil, err
	}
	ref := relation.RefOf(u)
	v := &userView{
		entityView: l.entityOf(u, u.Spec.Descriptor), Mail: mail(u.Spec.Profile.Email), Groups: l.related(u, memberOf),
		Owns: l.ownedBy([]relation.Ref{ref}), List: listOwned(ref),
	}
	v.called(u.Spec.Profile, u.Spec.Descriptor)
	v.Missing = lacks(ref, noMail(u.Spec.Profile), noContact(u.Spec.Descriptor), noTeam(u))
	return v, l.done(&v.entityView)
}

// called takes the name by which a Group or User presents itself.
func (v *entityView) called(p catalog.Profile, d catalog.Descriptor) {
	if p.DisplayName != "" && d.Title == "" {
		v.Text = p.DisplayName
	}
}

func noTeam(u *catalog.User) gap {
	none := !slices.ContainsFunc(u.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == memberOf })
	return gap{none, "A team", "Nobody finds a person who is in no Group.", "spec:\n  memberOf: [my-team]"}
}
