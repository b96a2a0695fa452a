package scorecard

import "strings"

// Scrub copies an object without what checks must not see: its status, the values of environment variables and of HTTP
// headers, and all that is said of Secrets but that there is one.
func Scrub(in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for _, k := range []string{"apiVersion", "kind"} {
		if v, ok := in[k].(string); ok {
			out[k] = v
		}
	}
	if m, ok := in["metadata"].(map[string]any); ok {
		out["metadata"] = scrubMetadata(m)
	}
	if s, ok := in["spec"].(map[string]any); ok {
		out["spec"] = scrubMap(s)
	}
	return out
}

// scrubMetadata keeps what names and describes the object. An annotation of kubectl holds the whole object again.
func scrubMetadata(in map[string]any) map[string]any {
	out := make(map[string]any, 5)
	for _, k := range []string{"name", "namespace", "creationTimestamp"} {
		if v, ok := in[k].(string); ok {
			out[k] = v
		}
	}
	for _, k := range []string{"labels", "annotations"} {
		from, ok := in[k].(map[string]any)
		if !ok {
			continue
		}
		to := make(map[string]any, len(from))
		for name, v := range from {
			if _, isText := v.(string); isText && !strings.Contains(name, "last-applied") {
				to[name] = v
			}
		}
		out[k] = to
	}
	return out
}

func scrubMap(in map[string]any) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		switch {
		case k == "metadata":
			if m, ok := v.(map[string]any); ok {
				out[k] = scrubMetadata(m)
			}
		case k == "env" || k == "httpHeaders":
			out[k] = scrubValues(v)
		case saysSecret(k):
			if _, ok := v.(map[string]any); ok {
				out[k] = map[string]any{} // that there is one may be asked
			}
		default:
			out[k] = scrub(v)
		}
	}
	return out
}

// scrubValues takes the values out of a list of names and values.
func scrubValues(v any) any {
	list, ok := v.([]any)
	if !ok {
		return []any{}
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			clean := scrubMap(m)
			delete(clean, "value")
			out = append(out, clean)
		}
	}
	return out
}

func scrub(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return scrubMap(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = scrub(e)
		}
		return out
	}
	return v
}

// saysSecret says whether a name has the word in it, in any case.
func saysSecret(name string) bool {
	const word = "secret"
	for i := 0; i+len(word) <= len(name); i++ {
		if name[i]|0x20 == word[0] && strings.EqualFold(name[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
