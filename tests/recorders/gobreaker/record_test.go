// Records sony/gobreaker as it is.
package gobreaker

import (
	"errors"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/sony/gobreaker/v2"

	recorder "tripcurve/tests/recorders/go"
)

// The version of gobreaker, told by the linker.
var version string

// The Settings that are values, and ReadyToTrip in one of two forms.
type config struct {
	MaxRequests  uint32
	Interval     recorder.Duration
	BucketPeriod recorder.Duration
	Timeout      recorder.Duration
	ReadyToTrip  string
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

func readyToTrip(text string) func(gobreaker.Counts) bool {
	number := func(text string) uint32 { return uint32(recorder.Must(strconv.ParseUint(text, 10, 32))) }
	if text == "" {
		return nil
	}
	if found := consecutive.FindStringSubmatch(text); found != nil {
		most := number(found[1])
		return func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures > most }
	}
	if found := ratio.FindStringSubmatch(text); found != nil {
		least, threshold := number(found[1]), recorder.Must(strconv.ParseFloat(found[2], 64))
		return func(counts gobreaker.Counts) bool {
			return counts.Requests >= least &&
				float64(counts.TotalFailures)/float64(counts.Requests) >= threshold
		}
	}
	panic("ReadyToTrip: " + text)
}

func prepare(script recorder.Script) recorder.Breaker {
	given := recorder.Decode[config](script.Config)
	breaker := gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		MaxRequests:  given.MaxRequests,
		Interval:     time.Duration(given.Interval),
		BucketPeriod: time.Duration(given.BucketPeriod),
		Timeout:      time.Duration(given.Timeout),
		ReadyToTrip:  readyToTrip(given.ReadyToTrip),
		IsExcluded:   func(err error) bool { return err == errIgnored },
	})
	return recorder.Breaker{
		Start: func() (func(string), string) {
			done, err := breaker.Allow()
			if err != nil {
				return nil, errorNames[err]
			}
			return func(outcome string) { done(outcomes[outcome]) }, ""
		},
		State: func() string { return states[breaker.State()] },
	}
}

func TestMain(m *testing.M) { recorder.Main(m) }

func TestRecord(t *testing.T) { recorder.Record(t, "gobreaker "+version, prepare) }
