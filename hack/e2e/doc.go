// Package e2e tells stories of users and of those who run clusters, on a real control plane with the operator's own
// binary under its own identity. It has tests only.
//
// Each measure has a bar, and prints a line "result: NAME VALUE UNIT (bar BAR) ok" or "short" with the worst of all tries.
// The environment sets how much is tried:
//
//	CALLBOARD_TRIES      how often each story that measures is told, 2 if absent; if set, a time over its bar fails
//	CALLBOARD_REST       for how many seconds nothing may be written, 30 if absent
//	CALLBOARD_RUN_STORY  if set, hack/run.sh is started too, twice, in a copy of the checkout
package e2e
