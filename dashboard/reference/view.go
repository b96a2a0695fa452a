package reference

import "html/template"

// Routes are the addresses of the pages of one document. What follows is added to each.
type Routes struct {
	Overview string // the page of the overview with the number of the page behind it, such as /apis/a/b/reference?page=
	Item     string // the page of an entry, with its anchor behind it, such as /apis/a/b/reference/
	Source   string // the page of the text, with the number of a line behind it, such as /apis/a/b/definition?line=
}

// Overview is what a document is about, and a part of the list of what is in it.
type Overview struct {
	Kind        string        `json:"kind"`
	Format      string        `json:"format"`
	Title       string        `json:"title,omitempty"`
	Version     string        `json:"version,omitempty"`
	Description template.HTML `json:"description,omitempty"`
	Facts       []Fact        `json:"facts,omitempty"`
	Sections    []Section     `json:"sections,omitempty"` // servers, authentication
	Contents    []Span        `json:"contents,omitempty"` // all groups
	Groups      []Group       `json:"groups"`             // those of this page
	Entries     int           `json:"entries"`            // in the whole document
	Empty       string        `json:"empty,omitempty"`    // why there are no groups
	More        string        `json:"more,omitempty"`     // what is not listed
	Page        int           `json:"page"`
	Pages       int           `json:"pages"`
	Previous    string        `json:"previous,omitempty"`
	Next        string        `json:"next,omitempty"`
	SourceHref  string        `json:"sourceHref"`
}

// Group is a heading with the entries below it.
type Group struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Description template.HTML `json:"description,omitempty"`
	Entries     []Entry       `json:"entries"`
}

// Entry is a line of the list: an operation, a channel or a type.
type Entry struct {
	Anchor     string `json:"anchor"`
	Href       string `json:"href"`
	Verb       string `json:"verb,omitempty"`
	Name       string `json:"name"`
	Summary    string `json:"summary,omitempty"`
	Deprecated bool   `json:"deprecated,omitempty"`
}

// Item is the page of one entry.
type Item struct {
	Entry

	Group        string        `json:"group"`
	Description  template.HTML `json:"description,omitempty"`
	Facts        []Fact        `json:"facts,omitempty"`
	Sections     []Section     `json:"sections,omitempty"`
	Warning      string        `json:"warning,omitempty"` // what is left out of the page
	Line         int           `json:"line,omitempty"`    // where it stands in the text
	SourceHref   string        `json:"sourceHref,omitempty"`
	OverviewHref string        `json:"overviewHref"`
	Previous     *Entry        `json:"previous,omitempty"`
	Next         *Entry        `json:"next,omitempty"`
}

// Section is a part of a page with a heading.
type Section struct {
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description template.HTML `json:"description,omitempty"`
	Facts       []Fact        `json:"facts,omitempty"`
	Fields      []Field       `json:"fields,omitempty"`
	Examples    []Example     `json:"examples,omitempty"`
	Sections    []Section     `json:"sections,omitempty"`
}

// Fact is a name with values.
type Fact struct {
	Name   string `json:"name"`
	Values []Span `json:"values"`
}

// Span is a text, with a link if Href is set. External tells that the link leads out of the dashboard.
type Span struct {
	Text     string `json:"text"`
	Href     string `json:"href,omitempty"`
	External bool   `json:"external,omitempty"`
	Code     bool   `json:"code,omitempty"`
}

// Field is a parameter, a property, an argument or a choice, with what it is made of.
type Field struct {
	Name        string        `json:"name,omitempty"`
	Type        []Span        `json:"type"`
	Flags       []string      `json:"flags,omitempty"` // required, deprecated, read only, in the path …
	Description template.HTML `json:"description,omitempty"`
	Facts       []Fact        `json:"facts,omitempty"`
	Parts       []Part        `json:"parts,omitempty"`
	More        string        `json:"more,omitempty"` // why nothing is below it
	Folded      bool          `json:"-"`              // what is below it is shown on a click
}

// Part is what a field is made of: its properties, or its choices.
type Part struct {
	Title  string  `json:"title,omitempty"`
	Fields []Field `json:"fields"`
}

// Example is a text to copy.
type Example struct {
	Title     string `json:"title,omitempty"`
	Note      string `json:"note,omitempty"`
	Text      string `json:"text,omitempty"`
	Link      *Span  `json:"link,omitempty"`
	Generated bool   `json:"generated,omitempty"` // made of the schema, not given
}

// Broken is the page of a definition that cannot be parsed.
type Broken struct {
	*Error

	SourceHref string `json:"sourceHref"`
}

// Source is a part of the text of a definition.
type Source struct {
	Rows     []TextRow `json:"rows"`
	Lines    int       `json:"lines"` // of the whole text
	Bytes    int       `json:"bytes"`
	Previous string    `json:"previous,omitempty"`
	Next     string    `json:"next,omitempty"`
}
