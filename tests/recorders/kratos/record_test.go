// Records go-kratos/aegis's sre breaker as it is, but for its source of chance. What the circuitbreaker
// middleware of Kratos does with it is done here, too: a call that is rejected is marked as failed.
package kratos

import (
	"math/rand"
	"testing"
	"time"

	"github.com/go-kratos/aegis/circuitbreaker"
	"github.com/go-kratos/aegis/circuitbreaker/sre"

	recorder "tripcurve/tests/recorders/go"
)

// The version of aegis, told by the linker.
var version string

// The options of NewBreaker, each named after its function.
type config struct {
	Success *float64           `json:"success"`
	Request *int64             `json:"request"`
	Window  *recorder.Duration `json:"window"`
	Bucket  *int               `json:"bucket"`
}

func (c config) options() (options []sre.Option) {
	if c.Success != nil {
		options = append(options, sre.WithSuccess(*c.Success))
	}
	if c.Request != nil {
		options = append(options, sre.WithRequest(*c.Request))
	}
	if c.Window != nil {
		options = append(options, sre.WithWindow(time.Duration(*c.Window)))
	}
	if c.Bucket != nil {
		options = append(options, sre.WithBucket(*c.Bucket))
	}
	return options
}

func prepare(script recorder.Script) recorder.Breaker {
	breaker := sre.NewBreaker(recorder.Decode[config](script.Config).options()...)
	*recorder.Field[*rand.Rand](breaker, "r") = recorder.Chance(script.Chance)
	state := recorder.Field[int32](breaker, "state")
	return recorder.Breaker{
		Start: func() (func(string), string) {
			switch err := breaker.Allow(); err {
			case nil:
				return func(outcome string) {
					if outcome == "failure" {
						breaker.MarkFailed()
					} else {
						breaker.MarkSuccess()
					}
				}, ""
			case circuitbreaker.ErrNotAllowed:
				breaker.MarkFailed()
				return nil, "ErrNotAllowed"
			default:
				panic(err)
			}
		},
		State: func() string {
			if *state == sre.StateOpen {
				return "open"
			}
			return "closed"
		},
	}
}

func TestMain(m *testing.M) { recorder.Main(m) }

func TestRecord(t *testing.T) { recorder.Record(t, "go-kratos/aegis "+version, prepare) }
