package readers

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Sessions are how readers stay signed in.
type Sessions struct {
	// KeyFile holds secrets, one a line, of 32 characters at least: cookies are made with the first one and read with any.
	// Replicas must agree. If it is empty, each start makes a key of its own.
	KeyFile string
	// For is how long a reader stays signed in at most.
	For time.Duration
}

// Bounds of cookies.
const (
	// cookiePrefix makes browsers hold a cookie to this host, to encrypted connections and to all paths.
	cookiePrefix = "__Host-callboard-"
	cookiePart   = 3500 // characters of one cookie; browsers keep 4096 with its name
	cookieParts  = 5
	minSecret    = 32
	keysAge      = 10 * time.Second // how long the key file is not looked at again
)

// sessions keeps small things in the cookies of readers, so that only replicas can read, make or change them.
type sessions struct {
	file  string
	most  time.Duration
	clock clock.PassiveClock

	mu     sync.Mutex
	text   []byte
	keys   []cipher.AEAD
	looked time.Time
}

func newSessions(o Sessions, clk clock.PassiveClock) (*sessions, error) {
	s := &sessions{file: o.KeyFile, most: o.For, clock: clk}
	if o.KeyFile == "" {
		s.text = []byte(rand.Text() + rand.Text())
		var err error
		s.keys, err = keysOf(s.text)
		return s, err
	}
	_, err := s.current()
	return s, err
}

// keysOf makes a key of each line.
func keysOf(text []byte) ([]cipher.AEAD, error) {
	var out []cipher.AEAD
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if len(line) < minSecret {
			return nil, fmt.Errorf("a secret has %d characters, %d at least", len(line), minSecret)
		}
		key, err := hkdf.Key(sha256.New, line, nil, "callboard dashboard session", 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		sealer, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		out = append(out, sealer)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no secret")
	}
	return out, nil
}

// current are the keys, as the file has them. If it cannot be read any more, those that were there go on.
func (s *sessions) current() ([]cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if s.file == "" || s.keys != nil && now.Sub(s.looked) < keysAge {
		return s.keys, nil
	}
	s.looked = now
	text, err := os.ReadFile(s.file)
	if err == nil && !bytes.Equal(text, s.text) {
		var keys []cipher.AEAD
		if keys, err = keysOf(text); err == nil {
			s.text, s.keys = text, keys
		}
	}
	if s.keys == nil {
		return nil, fmt.Errorf("read the keys of sessions from %q: %w", s.file, err)
	}
	return s.keys, nil
}

// latest is when a session that begins now ends at the latest.
func (s *sessions) latest() time.Time { return s.clock.Now().Add(s.most) }

// sealed is what a cookie holds.
type sealed struct {
	Until time.Time       `json:"until"`
	Value json.RawMessage `json:"value"`
}

// seal encrypts a value for a purpose until a time.
func (s *sessions) seal(purpose string, value any, until time.Time) (string, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(sealed{until, raw})
	if err != nil {
		return "", err
	}
	keys, err := s.current()
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(keys[0].Seal(nil, nil, plain, []byte(purpose))), nil
}

// open decrypts a value. It returns false if it was made with none of the keys, for another purpose, or is over.
func (s *sessions) open(purpose, text string, value any) bool {
	box, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	keys, err := s.current()
	if err != nil {
		return false
	}
	for _, k := range keys {
		plain, err := k.Open(nil, nil, box, []byte(purpose))
		if err != nil {
			continue
		}
		var in sealed
		return json.Unmarshal(plain, &in) == nil && s.clock.Now().Before(in.Until) && json.Unmarshal(in.Value, value) == nil
	}
	return false
}

// set puts a value into cookies until a time.
func (s *sessions) set(w http.ResponseWriter, r *http.Request, purpose string, value any, until time.Time, same http.SameSite) error {
	text, err := s.seal(purpose, value, until)
	if err != nil {
		return err
	}
	if len(text) > cookiePart*cookieParts {
		return fmt.Errorf("a session of %d characters, %d at most", len(text), cookiePart*cookieParts)
	}
	parts := 0
	for ; text != ""; parts++ {
		n := min(len(text), cookiePart)
		c := cookie(purpose, parts, same)
		c.Value, c.MaxAge = text[:n], int(until.Sub(s.clock.Now()).Seconds())
		http.SetCookie(w, c)
		text = text[n:]
	}
	clearFrom(w, r, purpose, parts, same)
	return nil
}

// get reads a value from the cookies of a request.
func (s *sessions) get(r *http.Request, purpose string, value any) bool {
	var text strings.Builder
	for i := range cookieParts {
		c := r.CookiesNamed(cookieName(purpose, i))
		if len(c) != 1 {
			break
		}
		text.WriteString(c[0].Value)
	}
	return text.Len() > 0 && s.open(purpose, text.String(), value)
}

// clearFrom ends the cookies of a purpose that the browser has, from a part on.
func clearFrom(w http.ResponseWriter, r *http.Request, purpose string, from int, same http.SameSite) {
	for i := from; i < cookieParts; i++ {
		if len(r.CookiesNamed(cookieName(purpose, i))) > 0 {
			c := cookie(purpose, i, same)
			c.MaxAge = -1
			http.SetCookie(w, c)
		}
	}
}

func cookieName(purpose string, part int) string {
	return cookiePrefix + purpose + "-" + strconv.Itoa(part)
}

func cookie(purpose string, part int, same http.SameSite) *http.Cookie {
	return &http.Cookie{Name: cookieName(purpose, part), Path: "/", Secure: true, HttpOnly: true, SameSite: same}
}
