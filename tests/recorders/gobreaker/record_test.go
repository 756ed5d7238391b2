// Records sony/gobreaker as it is. The library takes no clock, so each script is played inside a
// testing/synctest bubble, where package time is fake and moves only while everybody sleeps. Such
// bubbles exist in tests only; hence a recorder in the shape of a test.
package recorder

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sony/gobreaker/v2"
)

// The version of gobreaker, told by the linker.
var version string

type script struct {
	ID      string              `json:"id"`
	Dialect string              `json:"dialect"`
	Config  json.RawMessage     `json:"config"`
	Events  [][]json.RawMessage `json:"events"`
}

type trace struct {
	ID      string          `json:"id"`
	Dialect string          `json:"dialect"`
	Library string          `json:"library"`
	Config  json.RawMessage `json:"config"`
	Steps   [][]any         `json:"steps"`
}

// The Settings that are values, and ReadyToTrip in one of two forms.
type config struct {
	MaxRequests  uint32
	Interval     duration
	BucketPeriod duration
	Timeout      duration
	ReadyToTrip  string
}

type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	*d = duration(value)
	return err
}

var (
	errFailure = errors.New("failure")
	errIgnored = errors.New("ignored")
	outcomes   = map[string]error{"success": nil, "failure": errFailure, "ignored": errIgnored}
	errorNames = map[error]string{
		gobreaker.ErrOpenState:       "ErrOpenState",
		gobreaker.ErrTooManyRequests: "ErrTooManyRequests",
	}
	states = map[gobreaker.State]string{
		gobreaker.StateClosed:   "closed",
		gobreaker.StateHalfOpen: "half_open",
		gobreaker.StateOpen:     "open",
	}
	consecutive = regexp.MustCompile(`^ConsecutiveFailures > (\d+)$`)
	ratio       = regexp.MustCompile(`^Requests >= (\d+) && TotalFailures/Requests >= ([\d.]+)$`)
)

// must is for mistakes in a script: they end the recording.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func decode[T any](raw json.RawMessage) (value T) {
	if err := json.Unmarshal(raw, &value); err != nil {
		panic(err)
	}
	return value
}

func readyToTrip(text string) func(gobreaker.Counts) bool {
	number := func(text string) uint32 { return uint32(must(strconv.ParseUint(text, 10, 32))) }
	if text == "" {
		return nil
	}
	if found := consecutive.FindStringSubmatch(text); found != nil {
		most := number(found[1])
		return func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures > most }
	}
	if found := ratio.FindStringSubmatch(text); found != nil {
		least, threshold := number(found[1]), must(strconv.ParseFloat(found[2], 64))
		return func(counts gobreaker.Counts) bool {
			return counts.Requests >= least &&
				float64(counts.TotalFailures)/float64(counts.Requests) >= threshold
		}
	}
	panic("ReadyToTrip: " + text)
}

func play(script script) [][]any {
	start := time.Now()
	given := decode[config](script.Config)
	breaker := gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		MaxRequests:  given.MaxRequests,
		Interval:     time.Duration(given.Interval),
		BucketPeriod: time.Duration(given.BucketPeriod),
		Timeout:      time.Duration(given.Timeout),
		ReadyToTrip:  readyToTrip(given.ReadyToTrip),
		IsExcluded:   func(err error) bool { return err == errIgnored },
	})
	state := func() string { return states[breaker.State()] }
	running := map[string]func(error){}
	steps := [][]any{}
	for _, event := range script.Events {
		at := decode[int64](event[0])
		time.Sleep(time.Until(start.Add(time.Duration(at) * time.Millisecond)))
		switch kind := decode[string](event[1]); kind {
		case "start":
			call := event[2]
			done, err := breaker.Allow()
			if err != nil {
				steps = append(steps, []any{at, kind, call, "rejected", state(), errorNames[err]})
				break
			}
			running[string(call)] = done
			steps = append(steps, []any{at, kind, call, "admitted", state()})
		case "end":
			call, outcome := event[2], decode[string](event[3])
			done, runs := running[string(call)]
			if !runs {
				break
			}
			delete(running, string(call))
			done(outcomes[outcome])
			steps = append(steps, []any{at, kind, call, outcome, state()})
		case "read":
			steps = append(steps, []any{at, kind, state()})
		default:
			panic("unknown event: " + kind)
		}
	}
	return steps
}

var traces *json.Encoder

// The test runner talks on stdout; here stdout is for the traces.
func TestMain(m *testing.M) {
	output := os.Stdout
	os.Stdout = os.Stderr
	traces = json.NewEncoder(output)
	traces.SetEscapeHTML(false)
	os.Exit(m.Run())
}

func TestRecord(t *testing.T) {
	scripts := json.NewDecoder(os.Stdin)
	for scripts.More() {
		var next script
		if err := scripts.Decode(&next); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			recorded := trace{next.ID, next.Dialect, "gobreaker " + version, next.Config, play(next)}
			if err := traces.Encode(recorded); err != nil {
				t.Fatal(err)
			}
		})
	}
}
