// Records alibaba/sentinel-golang's circuit breaking rules as they are, in a slot chain of theirs alone.
package sentinelgolang

import (
	"errors"
	"strconv"
	"testing"
	"time"

	sentinel "github.com/alibaba/sentinel-golang/api"
	"github.com/alibaba/sentinel-golang/core/base"
	"github.com/alibaba/sentinel-golang/core/circuitbreaker"
	"github.com/alibaba/sentinel-golang/logging"

	recorder "tripcurve/tests/recorders/go"
)

// The version of sentinel-golang, told by the linker.
var version string

var (
	errFailure = errors.New("failure")
	states     = map[circuitbreaker.State]string{
		circuitbreaker.Closed:   "closed",
		circuitbreaker.HalfOpen: "half_open",
		circuitbreaker.Open:     "open",
	}
)

// The breakers change their state in secret; listeners hear of it.
type listener struct{ state circuitbreaker.State }

func (l *listener) OnTransformToClosed(circuitbreaker.State, circuitbreaker.Rule) {
	l.state = circuitbreaker.Closed
}

func (l *listener) OnTransformToOpen(circuitbreaker.State, circuitbreaker.Rule, any) {
	l.state = circuitbreaker.Open
}

func (l *listener) OnTransformToHalfOpen(circuitbreaker.State, circuitbreaker.Rule) {
	l.state = circuitbreaker.HalfOpen
}

// Time 0 is to lie on the grid that the windows have of the epoch.
func waitForGrid(intervalMs uint32) {
	interval := int64(intervalMs)
	since := time.Now().UnixMilli() % interval
	time.Sleep(time.Duration(interval-since) * time.Millisecond)
}

func load(script recorder.Script) {
	rule := recorder.Decode[circuitbreaker.Rule](script.Config)
	rule.Resource = script.ID
	if err := circuitbreaker.IsValidRule(&rule); err != nil {
		panic(script.ID + ": " + err.Error())
	}
	waitForGrid(rule.StatIntervalMs)
	recorder.Must(circuitbreaker.LoadRules([]*circuitbreaker.Rule{&rule}))
}

func prepare(script recorder.Script) recorder.Breaker {
	chain := base.NewSlotChain()
	chain.AddRuleCheckSlot(circuitbreaker.DefaultSlot)
	chain.AddStatSlot(circuitbreaker.DefaultMetricStatSlot)
	heard := &listener{circuitbreaker.Closed}
	circuitbreaker.ClearStateChangeListeners()
	circuitbreaker.RegisterStateChangeListeners(heard)
	load(script)
	return recorder.Breaker{
		Start: func() (func(string), string) {
			entry, blocked := sentinel.Entry(script.ID, sentinel.WithSlotChain(chain))
			if blocked != nil {
				return nil, blocked.BlockType().String()
			}
			return func(outcome string) { exit(entry, outcome) }, ""
		},
		State: func() string { return states[heard.state] },
	}
}

func exit(entry *base.SentinelEntry, outcome string) {
	switch outcome {
	case "success":
		entry.Exit()
	case "failure":
		entry.Exit(base.WithError(errFailure))
	case "ignored": // another rule blocks it
		entry.Context().RuleCheckResult.ResetToBlocked(base.BlockTypeFlow)
		entry.Exit()
	default:
		panic("unknown outcome: " + strconv.Quote(outcome))
	}
}

func TestMain(m *testing.M) {
	logging.ResetGlobalLoggerLevel(logging.ErrorLevel)
	recorder.Main(m)
}

func TestRecord(t *testing.T) { recorder.Record(t, "alibaba/sentinel-golang "+version, prepare) }
