package chrome

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// setHeaders is Network.setExtraHTTPHeaders with plain strings.
var setHeaders = cdp.Command[map[string]map[string]string, cdp.Empty]{Method: "Network.setExtraHTTPHeaders"}

// call is a command of the browser's protocol, as a step.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}
