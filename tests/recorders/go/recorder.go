// Package recorder is what the recorders of Go libraries share. None of the libraries needs to take a
// clock: each script is played inside a testing/synctest bubble, where package time is fake and moves
// only while everybody sleeps. Such bubbles exist in tests only; hence recorders in the shape of tests.
package recorder

import (
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// Script is a trace without its answers.
type Script struct {
	ID      string              `json:"id"`
	Dialect string              `json:"dialect"`
	Config  json.RawMessage     `json:"config"`
	Chance  uint64              `json:"chance"`
	Failure string              `json:"failure"`
	Note    string              `json:"note"`
	Events  [][]json.RawMessage `json:"events"`
}

type trace struct {
	ID      string          `json:"id"`
	Dialect string          `json:"dialect"`
	Library string          `json:"library"`
	Config  json.RawMessage `json:"config"`
	Chance  uint64          `json:"chance,omitempty"`
	Failure string          `json:"failure,omitempty"`
	Note    string          `json:"note,omitempty"`
	Steps   [][]any         `json:"steps"`
}

// Breaker is the library's breaker behind a face that all have.
type Breaker struct {
	// Start asks leave for a call: how to end it, or the library's name for the error.
	Start func() (end func(outcome string), rejection string)
	// State reads the state as a user does.
	State func() string
	// Close ends the calls that are left, where they are goroutines; or nil.
	Close func()
}

// Duration is read from text such as "1500ms".
type Duration time.Duration

// UnmarshalText is for package json.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	*d = Duration(value)
	return err
}

// Must is for mistakes in a script: they end the recording.
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Decode reads a part of a script.
func Decode[T any](raw json.RawMessage) (value T) {
	if err := json.Unmarshal(raw, &value); err != nil {
		panic(err)
	}
	return value
}

func play(script Script, prepare func(Script) Breaker) [][]any {
	breaker := prepare(script)
	start := time.Now()
	running := map[string]func(string){}
	steps := [][]any{}
	for _, event := range script.Events {
		at := Decode[int64](event[0])
		time.Sleep(time.Until(start.Add(time.Duration(at) * time.Millisecond)))
		switch kind := Decode[string](event[1]); kind {
		case "start":
			call := event[2]
			end, rejection := breaker.Start()
			if rejection != "" {
				steps = append(steps, []any{at, kind, call, "rejected", breaker.State(), rejection})
				break
			}
			running[string(call)] = end
			steps = append(steps, []any{at, kind, call, "admitted", breaker.State()})
		case "end":
			call, outcome := event[2], Decode[string](event[3])
			end, runs := running[string(call)]
			if !runs {
				break
			}
			delete(running, string(call))
			end(outcome)
			steps = append(steps, []any{at, kind, call, outcome, breaker.State()})
		case "read":
			steps = append(steps, []any{at, kind, breaker.State()})
		default:
			panic("unknown event: " + kind)
		}
	}
	if breaker.Close != nil {
		breaker.Close()
	}
	return steps
}

var output *os.File

// Main is TestMain's: the test runner talks on stdout, which here is for the traces.
func Main(m *testing.M) {
	output, os.Stdout = os.Stdout, os.Stderr
	os.Exit(m.Run())
}

// Record plays the scripts on stdin, each to the breaker that prepare makes for it at time 0.
func Record(t *testing.T, library string, prepare func(Script) Breaker) {
	traces := json.NewEncoder(output)
	traces.SetEscapeHTML(false)
	scripts := json.NewDecoder(os.Stdin)
	for scripts.More() {
		var next Script
		if err := scripts.Decode(&next); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			recorded := trace{next.ID, next.Dialect, library, next.Config, next.Chance,
				next.Failure, next.Note, play(next, prepare)}
			if err := traces.Encode(recorded); err != nil {
				t.Fatal(err)
			}
		})
	}
}
