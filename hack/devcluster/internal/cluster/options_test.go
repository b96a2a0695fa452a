package cluster

import (
	"io"
	"strings"
	"testing"
)

func TestOptionsAreRefusedWithTheReason(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"no directory":       {nil, "--dir is required"},
		"an unknown part":    {[]string{"--dir", "x", "--only", "etcd"}, `--only "etcd"`},
		"too many nodes":     {[]string{"--dir", "x", "--nodes", "5000"}, "--nodes 5000"},
		"no such port":       {[]string{"--dir", "x", "--port", "70000"}, "--port 70000"},
		"a stray argument":   {[]string{"--dir", "x", "y"}, `unexpected argument "y"`},
		"an unknown flag":    {[]string{"--dir", "x", "--nope"}, "nope"},
		"less than no nodes": {[]string{"--dir", "x", "--nodes", "-1"}, "--nodes -1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parseOptions(tc.args, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("parseOptions(%q) = %v, want %q", tc.args, err, tc.want)
			}
		})
	}
}

func TestOptionsBecomeFlagsOfTheAPIServer(t *testing.T) {
	o, err := parseOptions([]string{
		"--dir", "x", "--only", "api", "--audit", "a.log", "--apiserver-arg", "--v=4", "--apiserver-arg=--profiling=false",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.nodes != 0 {
		t.Errorf("with --only api: nodes = %d, want 0", o.nodes)
	}
	got := strings.Join(apiserverArgs(layout(o.dir), ports{API: 1, EtcdClient: 2}, o), " ")
	if !strings.HasSuffix(got, " --v=4 --profiling=false") {
		t.Errorf("the extra flags do not come last: %s", got)
	}
	for _, want := range []string{"--secure-port=1 ", "--etcd-servers=http://127.0.0.1:2 ", "--audit-log-path=/"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestDetachedRunIsNotDetachedAgain(t *testing.T) {
	o, err := parseOptions([]string{"--dir", "x", "--detach", "--detach=false"}, io.Discard)
	if err != nil || o.detach {
		t.Errorf("parseOptions() = %+v, %v, want no detach", o, err)
	}
}

func TestShellQuote(t *testing.T) {
	if got, want := shellQuote("it's $HOME"), `'it'\''s $HOME'`; got != want {
		t.Errorf("shellQuote() = %s, want %s", got, want)
	}
}
