package failsafego

import (
	"bytes"
	"runtime"
	"sync"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/common"

	recorder "tripcurve/tests/recorders/go"
)

// goroutines knows which call a goroutine works for: a breaker does not say whose call it was that changed
// its state, but it tells of the change in the goroutine of that call.
type goroutines struct{ calls sync.Map }

func (g *goroutines) call() *recorder.Call {
	call, known := g.calls.Load(goroutine())
	if !known {
		panic("a breaker changes its state outside of a call")
	}
	return call.(*recorder.Call)
}

// The number in "goroutine 42 [running]: ...".
func goroutine() string {
	buffer := make([]byte, 64)
	return string(bytes.Fields(buffer[:runtime.Stack(buffer, false)])[1])
}

type applier interface {
	Apply(func(failsafe.Execution[response]) *common.PolicyResult[response]) func(failsafe.Execution[response]) *common.PolicyResult[response]
}

func (t told) ToExecutor(of response) any {
	return toldExecutor{t.CircuitBreaker.ToExecutor(of).(applier), t.by}
}

type toldExecutor struct {
	breaker applier
	by      *goroutines
}

func (e toldExecutor) Apply(inner func(failsafe.Execution[response]) *common.PolicyResult[response]) func(failsafe.Execution[response]) *common.PolicyResult[response] {
	through := e.breaker.Apply(inner)
	return func(execution failsafe.Execution[response]) *common.PolicyResult[response] {
		e.by.calls.Store(goroutine(), execution.Context().Value(callKey{}))
		return through(execution)
	}
}
