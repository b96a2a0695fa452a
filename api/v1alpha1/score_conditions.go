package v1alpha1

// Reasons of the condition Ready on Scorecards, Exemptions and Attestations.
const (
	// ReasonInvalid stands on Ready=False of a Scorecard: an expression cannot be compiled.
	ReasonInvalid = "Invalid"
	// ReasonApproved stands on Ready=True of an Exemption: it counts.
	ReasonApproved = "Approved"
	// ReasonNotApproved stands on Ready=False of an Exemption: nobody has approved it.
	ReasonNotApproved = "NotApproved"
	// ReasonValid stands on Ready=True of an Attestation: checks can read it.
	ReasonValid = "Valid"
	// ReasonExpired stands on Ready=False of an Exemption or Attestation: its time is over.
	ReasonExpired = "Expired"
	// ReasonEntityNotFound stands on Ready=False of an Exemption or Attestation: whom it is about does not exist.
	ReasonEntityNotFound = "EntityNotFound"
	// ReasonScorecardNotFound stands on Ready=False of an Exemption: its Scorecard does not exist.
	ReasonScorecardNotFound = "ScorecardNotFound"
	// ReasonCheckNotFound stands on Ready=False of an Exemption: its Scorecard has no such check.
	ReasonCheckNotFound = "CheckNotFound"
)
