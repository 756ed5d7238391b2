// Records go-zero's breaker as it is, but for its source of chance.
package gozero

import (
	"math/rand"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stat"

	recorder "tripcurve/tests/recorders/go"
)

// The version of go-zero, told by the linker.
var version string

// A year after any at which this is run: the library counts its time from its start, which lies outside
// of the bubble, where it is as late as here.
var later = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

func prepare(script recorder.Script) recorder.Breaker {
	time.Sleep(time.Until(later))
	made := breaker.NewBreaker(breaker.WithName(script.ID))
	*recorder.Field[*rand.Rand](made, "throttle", "internalThrottle", "proba", "r") =
		recorder.Chance(script.Chance)
	return recorder.Breaker{
		Start: func() (func(string), string) {
			switch promise, err := made.Allow(); err {
			case nil:
				return func(outcome string) {
					if outcome == "failure" {
						promise.Reject(outcome)
					} else {
						promise.Accept()
					}
				}, ""
			case breaker.ErrServiceUnavailable:
				return nil, "ErrServiceUnavailable"
			default:
				panic(err)
			}
		},
		State: func() string { return "closed" }, // it has no states
	}
}

func TestMain(m *testing.M) {
	logx.Disable()
	stat.SetReporter(nil) // which would tell the log of each rejection
	recorder.Main(m)
}

func TestRecord(t *testing.T) { recorder.Record(t, "zeromicro/go-zero "+version, prepare) }
