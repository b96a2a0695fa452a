package dashboard

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
)

// maxCSV is how many rows a file has at most.
const maxCSV = 5000

// csvColumns are the columns of a file: all that is known, so that files of different lists can be put together.
var csvColumns = []struct {
	name string
	of   func(*rowView) string
}{
	{"ref", func(r *rowView) string { return r.Ref }},
	{"kind", func(r *rowView) string { return r.Kind }},
	{"namespace", func(r *rowView) string { return r.Namespace }},
	{"name", func(r *rowView) string { return r.Name }},
	{"title", func(r *rowView) string { return r.Title }},
	{"type", func(r *rowView) string { return r.Type }},
	{"lifecycle", func(r *rowView) string { return r.Lifecycle }},
	{"owner", func(r *rowView) string { return r.Owner.Ref }},
	{"system", func(r *rowView) string { return r.System.Ref }},
	{"domain", func(r *rowView) string { return r.Domain.Ref }},
	{"visibility", func(r *rowView) string { return string(r.Visibility) }},
	{"health", func(r *rowView) string { return string(r.Health) }},
	{"pods", func(r *rowView) string { return r.Pods }},
	{"score", func(r *rowView) string { return r.Score }},
	{"ready", func(r *rowView) string { return strconv.FormatBool(r.Ready) }},
	{"problems", func(r *rowView) string { return strings.Join(r.Problems, " ") }},
	{"tags", func(r *rowView) string { return strings.Join(r.Tags, " ") }},
	{"description", func(r *rowView) string { return r.Description }},
}

// listCSV is the whole list as it is filtered and sorted, maxCSV rows at most.
func (s *server) listCSV(r *request, c section) ([]byte, error) {
	st, err := parseState(r.URL)
	if err != nil {
		return nil, err
	}
	may, err := r.scopes(r.Context())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	record := make([]string, len(csvColumns))
	for i := range csvColumns {
		record[i] = csvColumns[i].name
	}
	_ = w.Write(record) // a buffer takes all
	q := st.find(c.kinds, nil)
	for q.Offset, q.Limit = 0, allPerPage; q.Offset < maxCSV; q.Offset += q.Limit {
		found := s.find(q, may)
		rows := s.rows(found.Rows, may, nil)
		for i := range rows {
			writeRow(w, record, &rows[i])
		}
		if q.Offset+len(rows) >= found.Total || len(rows) < q.Limit || r.Context().Err() != nil {
			break
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func writeRow(w *csv.Writer, record []string, r *rowView) {
	for i, c := range csvColumns {
		record[i] = unformula(c.of(r))
	}
	_ = w.Write(record) // a buffer takes all
}

// unformula keeps a spreadsheet from reading a text as a formula: an apostrophe makes it text.
func unformula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}
