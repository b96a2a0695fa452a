package browser

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestAPageFollowsTheCluster holds that a page shows a change without a reload, and without a jump.
func TestAPageFollowsTheCluster(t *testing.T) {
	if live == nil {
		t.Skip("nothing changes on the stage")
	}
	tab := open(t, site)
	visit(t, tab, "/components/online-boutique/cartservice")
	see("#running", "1/1")(t, tab)
	must(t, tab.Await(time.Second, `(window.notReloaded = true)`))
	scale := func(n string) {
		_, err := live.Kubectl(context.Background(), nil, "-n", "online-boutique", "scale", "deployment", "cartservice", "--replicas="+n)
		must(t, err)
	}
	t.Cleanup(func() { scale("1") })
	for _, n := range []string{"2", "1"} {
		scale(n)
		must(t, tab.Await(15*time.Second, `window.notReloaded && document.querySelector("#running").innerText.includes("`+n+`/`+n+`")`))
	}
}

// TestAPageWithoutScriptsIsRightWhenItIsReloaded holds the same for readers without scripts.
func TestAPageWithoutScriptsIsRightWhenItIsReloaded(t *testing.T) {
	if live == nil {
		t.Skip("nothing changes on the stage")
	}
	tab := open(t, site)
	must(t, tab.Scripts(false))
	ctx := context.Background()
	must(t, live.Crash(ctx, ""))
	t.Cleanup(func() { must(t, live.Crash(ctx, "CrashLoopBackOff")) })
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		visit(t, tab, "/components/sock-shop/carts")
		text, err := tab.Text("#running")
		must(t, err)
		if !strings.Contains(text, "CrashLoopBackOff") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 30 s the page shows %q", text)
		}
	}
}
