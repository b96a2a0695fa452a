package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzhttp"
)

// asset is a file that pages load. Its address changes with its content, so that it can be kept forever.
type asset struct {
	hash, kind string
	body       []byte
}

// assetKinds are the media types of files, whatever the machine thinks of them.
var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
	".html": "text/html; charset=utf-8", ".png": "image/png", ".txt": "text/plain; charset=utf-8", ".woff2": "font/woff2",
}

// assets are all files of the folder static, by name.
var assets = sync.OnceValue(func() map[string]asset {
	out := map[string]asset{}
	err := fs.WalkDir(files, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(p)
		sum := sha256.Sum256(body)
		out[strings.TrimPrefix(p, "static/")] = asset{hash: hex.EncodeToString(sum[:8]), kind: assetKinds[path.Ext(p)], body: body}
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return out
})

// assetURL is the address of a file of the folder static. It panics if there is none, which tests see first.
func assetURL(name string) string {
	a, ok := assets()[name]
	if !ok {
		panic("no static file " + name)
	}
	return "/static/" + a.hash + "/" + name
}

// serveAsset serves /static/{hash}/{name}. A hash that is no longer right is not served: what a page of another edition
// of the program loads would not fit it.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
	a, ok := assets()[name]
	if !ok || a.hash != hash {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	send(w, r, http.StatusOK, a.kind, a.body)
}

// packedSuffix stands in the tag of an answer that is compressed, before the name of the encoding.
const packedSuffix = "."

// packing is how hard answers are compressed, from 1 to 9. More makes pages a seventh smaller, and takes twice as long.
const packing = 2

var packed = func() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(packing), gzhttp.MinSize(1024), gzhttp.SuffixETag(packedSuffix), gzhttp.ContentTypes([]string{
		"text/html", "text/css", "text/javascript", "text/csv", "text/plain", "text/vnd.graphviz",
		"application/json", "application/yaml", "image/svg+xml",
	}))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap
}()

// compressed compresses text of more than 1 KiB for who can read it.
func compressed(next http.Handler) http.Handler { return packed(next) }
