package store

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"
	restwatch "k8s.io/client-go/rest/watch"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// cart is a Component as the API server sends it, at a version.
const cart = `{"apiVersion":"catalog.callboard.dev/v1alpha1","kind":"Component","metadata":{"annotations":{"note":"a \"quoted\" } text"},` +
	`"creationTimestamp":"2026-01-02T03:04:05Z","generation":3,"labels":{"name":"not-this"},"managedFields":[{"apiVersion":"v1","manager":"kubectl",` +
	`"operation":"Apply","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:name":{}}}}],"name":"cart","namespace":"shop","resourceVersion":"9",` +
	`"uid":"u-1"},"spec":{"type":"service","lifecycle":"production","owner":"team","links":[{"url":"https://example.com/"}]},"status":{"observedGeneration":3}}`

// oneByOne gives a byte at a time.
type oneByOne struct{ io.Reader }

func (r oneByOne) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

func decoderOf(body io.Reader, w *Echoes) *decoder {
	return newDecoder(io.NopCloser(body), relation.Component, w)
}

func TestDecoderReadsWhatClientGoReads(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := catalog.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	metav1.AddToGroupVersion(scheme, metav1.Unversioned)
	codecs := serializer.WithoutConversionCodecFactory{CodecFactory: serializer.NewCodecFactory(scheme)}
	info, _ := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	long := strings.Replace(cart, "quoted", strings.Repeat("long ", 200_000), 1)
	cases := map[string]string{
		"added":                                `{"type":"ADDED","object":` + cart + `}`,
		"modified":                             `{"type":"MODIFIED","object":` + cart + `}`,
		"deleted":                              `{"type":"DELETED","object":` + cart + `}`,
		"larger than the buffer":               `{"type":"ADDED","object":` + long + `}`,
		"with blanks":                          `{ "type": "ADDED", "object": ` + cart + ` }`,
		"the other way round":                  `{"object":` + cart + `,"type":"ADDED"}`,
		"a bookmark":                           `{"type":"BOOKMARK","object":{"kind":"Component","apiVersion":"catalog.callboard.dev/v1alpha1","metadata":{"resourceVersion":"77","annotations":{"k8s.io/initial-events-end":"true"}}}}`,
		"an error":                             `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","code":410}}`,
		"a field of another case is not taken": `{"type":"ADDED","object":` + strings.Replace(cart, `"owner":"team"`, `"Owner":"team"`, 1) + `}`,
		"a type that does not fit":             `{"type":"ADDED","object":` + strings.Replace(cart, `"owner":"team"`, `"owner":7`, 1) + `}`,
		"no JSON":                              `{"type":"ADDED","object":{]}`,
		"a type that nobody knows":             `{"type":"RENAMED","object":` + cart + `}`,
	}
	for name, line := range cases {
		t.Run(name, func(t *testing.T) {
			text := line + "\n"
			frames := info.StreamSerializer.NewFrameReader(io.NopCloser(strings.NewReader(text)))
			theirs := restwatch.NewDecoder(streaming.NewDecoder(frames, info.StreamSerializer.Serializer), codecs.DecoderToVersion(info.Serializer, catalog.GroupVersion))
			wantType, want, wantErr := theirs.Decode()
			for _, body := range []io.Reader{strings.NewReader(text), oneByOne{strings.NewReader(text)}} {
				d := decoderOf(body, NewEchoes())
				gotType, got, err := d.Decode()
				if (err == nil) != (wantErr == nil) {
					t.Fatalf("Decode() fails with %v, client-go's with %v", err, wantErr)
				}
				if err != nil {
					continue
				}
				if s, ok := got.(*metav1.Status); ok {
					s.TypeMeta = want.(*metav1.Status).TypeMeta
				}
				if diff := cmp.Diff(want, got); diff != "" || gotType != wantType {
					t.Errorf("Decode() = %s, client-go's %s (-client-go +ours):\n%s", gotType, wantType, diff)
				}
				if _, _, err := d.Decode(); !errors.Is(err, io.EOF) {
					t.Errorf("Decode() at the end fails with %v, want %v", err, io.EOF)
				}
			}
		})
	}
}

func TestDecoderKnowsEchoes(t *testing.T) {
	wrote := func() *catalog.Component {
		c := apitest.Component("shop", "cart")
		c.ResourceVersion, c.Status.Owner = "9", "group:written"
		return c
	}
	cases := map[string]struct {
		event string
		wrote *catalog.Component
		want  catalog.FullRef // its owner
		echo  bool
	}{
		"what was written":             {`{"type":"MODIFIED","object":` + cart + `}`, wrote(), "group:written", true},
		"nothing was":                  {`{"type":"MODIFIED","object":` + cart + `}`, nil, "", false},
		"another version":              {`{"type":"MODIFIED","object":` + strings.Replace(cart, `"resourceVersion":"9"`, `"resourceVersion":"8"`, 1) + `}`, wrote(), "", false},
		"another name":                 {`{"type":"MODIFIED","object":` + strings.Replace(cart, `"name":"cart"`, `"name":"card"`, 1) + `}`, wrote(), "", false},
		"another namespace":            {`{"type":"MODIFIED","object":` + strings.Replace(cart, `"namespace":"shop"`, `"namespace":"show"`, 1) + `}`, wrote(), "", false},
		"a version that is a label":    {`{"type":"MODIFIED","object":` + strings.NewReplacer(`"resourceVersion":"9"`, `"resourceVersion":"8"`, `"name":"not-this"`, `"resourceVersion":"9"`).Replace(cart) + `}`, wrote(), "", false},
		"the deletion of that version": {`{"type":"DELETED","object":` + cart + `}`, wrote(), "", false},
		"listed at that version":       {`{"type":"ADDED","object":` + cart + `}`, wrote(), "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := NewEchoes()
			if tc.wrote != nil {
				w.keep(relation.RefOf(tc.wrote), tc.wrote, func() (string, bool) { return "7", true })
			}
			_, got, err := decoderOf(strings.NewReader(tc.event+"\n"), w).Decode()
			if err != nil {
				t.Fatal(err)
			}
			e := got.(*catalog.Component)
			if e.Status.Owner != tc.want || isEcho(e) != tc.echo {
				t.Errorf("Decode() has the owner %q, echo %v, want %q, %v", e.Status.Owner, isEcho(e), tc.want, tc.echo)
			}
			if e == tc.wrote {
				t.Error("Decode() gives away the entity that readers see")
			}
		})
	}
}

// TestNobodyForgesAnEcho holds that managed fields that look like the mark are not taken for it.
func TestNobodyForgesAnEcho(t *testing.T) {
	c := apitest.Component("shop", "cart")
	c.ManagedFields = []metav1.ManagedFieldsEntry{echoMark[0]}
	if isEcho(c) {
		t.Error("isEcho() = true of a copy of the mark")
	}
}

func TestDecoderEnds(t *testing.T) {
	cases := map[string]struct {
		body io.Reader
		want string
	}{
		"at the end":              {strings.NewReader(""), "EOF"},
		"within an event":         {strings.NewReader(`{"type":"ADDED","obj`), "unexpected EOF"},
		"an event without an end": {io.MultiReader(strings.NewReader(`{"type":"`), endless{}), "it has more than 16777216 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, _, err := decoderOf(tc.body, NewEchoes()).Decode(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Decode() fails with %v, want %q", err, tc.want)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }

// TestDecoderKeepsNoLargeRoom holds that one large event does not cost memory for ever.
func TestDecoderKeepsNoLargeRoom(t *testing.T) {
	long := strings.Replace(cart, "quoted", strings.Repeat("long ", 200_000), 1)
	d := decoderOf(strings.NewReader(`{"type":"ADDED","object":`+long+"}\n"+`{"type":"ADDED","object":`+cart+"}\n"), NewEchoes())
	for range 2 {
		if kind, _, err := d.Decode(); kind != watch.Added || err != nil {
			t.Fatalf("Decode() = %s, %v", kind, err)
		}
	}
	if cap(d.line) > keptEvent {
		t.Errorf("%d bytes are kept, want %d at most", cap(d.line), keptEvent)
	}
}
