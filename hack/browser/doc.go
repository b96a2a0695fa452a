// Package browser holds tests that read the dashboard as people do: in a real browser, on the sample shops. README.md says
// what they hold and how to run them.
package browser
