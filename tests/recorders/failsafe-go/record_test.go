// Records whole calls through failsafe-go: requests through its http.RoundTripper, as its users make them.
package failsafego

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/failsafehttp"
	"github.com/failsafe-go/failsafe-go/fallback"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/failsafe-go/failsafe-go/timeout"

	recorder "tripcurve/tests/recorders/go"
)

// The version of failsafe-go, told by the linker.
var version string

type response = *http.Response

var errRefused = errors.New("connection refused")

// The errors that a condition may name.
var namedErrors = map[string]error{
	"retrypolicy.ErrExceeded": retrypolicy.ErrExceeded,
	"circuitbreaker.ErrOpen":  circuitbreaker.ErrOpen,
	"timeout.ErrExceeded":     timeout.ErrExceeded,
	"bulkhead.ErrFull":        bulkhead.ErrFull,
	"context.Canceled":        context.Canceled,
}

// The name of an error as the caller sees it, the outermost first.
func errorName(err error) string {
	for _, name := range []string{"retrypolicy.ErrExceeded", "circuitbreaker.ErrOpen", "timeout.ErrExceeded", "bulkhead.ErrFull", "context.Canceled"} {
		if errors.Is(err, namedErrors[name]) {
			return name
		}
	}
	if errors.Is(err, errRefused) {
		return "refused"
	}
	panic(err)
}

// A condition in words, such as "5xx,429,err": a class of statuses, a status, any error.
func condition(words string) func(response, error) bool {
	terms := strings.Split(words, ",")
	return func(r response, err error) bool {
		if err != nil {
			return slices.Contains(terms, "err")
		}
		status := strconv.Itoa(r.StatusCode)
		return slices.Contains(terms, status) || slices.Contains(terms, status[:1]+"xx")
	}
}

// A policy: `policy` says which, and every other key is a method of its builder with its arguments.
type policy map[string]json.RawMessage

func (p policy) take(key string, arguments ...any) bool {
	raw, there := p[key]
	delete(p, key)
	if !there {
		return false
	}
	parts := []json.RawMessage{raw}
	if raw[0] == '[' {
		parts = recorder.Decode[[]json.RawMessage](raw)
	}
	if len(parts) != len(arguments) {
		panic(fmt.Sprintf("%s takes %d arguments", key, len(arguments)))
	}
	for i, argument := range arguments {
		if err := json.Unmarshal(parts[i], argument); err != nil {
			panic(err)
		}
	}
	return true
}

// Calls the methods that are left, by their names.
func (p policy) call(builder any) {
	methods := reflect.ValueOf(builder)
	for key := range p {
		method := methods.MethodByName(key)
		if !method.IsValid() {
			panic("no method " + key)
		}
		parts := []json.RawMessage{p[key]}
		if p[key][0] == '[' {
			parts = recorder.Decode[[]json.RawMessage](p[key])
		}
		if method.Type().NumIn() == 0 {
			method.Call(nil)
			continue
		}
		arguments := []reflect.Value{}
		for i, part := range parts {
			of := method.Type().In(min(i, method.Type().NumIn()-1))
			if method.Type().IsVariadic() {
				of = method.Type().In(0).Elem()
			}
			arguments = append(arguments, argument(of, part))
		}
		method.Call(arguments)
	}
}

func argument(of reflect.Type, part json.RawMessage) reflect.Value {
	switch {
	case of == reflect.TypeFor[time.Duration]():
		return reflect.ValueOf(time.Duration(recorder.Decode[recorder.Duration](part)))
	case of == reflect.TypeFor[error]():
		err, known := namedErrors[recorder.Decode[string](part)]
		if !known {
			panic("no error " + string(part))
		}
		return reflect.ValueOf(err)
	case of.Kind() == reflect.Func:
		return reflect.ValueOf(condition(recorder.Decode[string](part)))
	}
	value := reflect.New(of)
	if err := json.Unmarshal(part, value.Interface()); err != nil {
		panic(err)
	}
	return value.Elem()
}

type callKey struct{}

var states = map[circuitbreaker.State]string{
	circuitbreaker.ClosedState:   "closed",
	circuitbreaker.HalfOpenState: "half_open",
	circuitbreaker.OpenState:     "open",
}

// told has the breaker's transitions told as those of the call that goes through it just then.
type told struct {
	circuitbreaker.CircuitBreaker[response]
	by *goroutines
}

func build(p policy) failsafe.Policy[response] {
	var kind string
	p.take("policy", &kind)
	switch kind {
	case "RetryPolicy":
		builder := retrypolicy.NewBuilder[response]()
		var http bool
		if p.take("failsafehttp", &http); http {
			builder = failsafehttp.NewRetryPolicyBuilder()
		}
		p.call(builder)
		return builder.Build()
	case "CircuitBreaker":
		by := &goroutines{}
		builder := circuitbreaker.NewBuilder[response]().OnStateChanged(func(event circuitbreaker.StateChangedEvent) {
			by.call().Breaker(states[event.NewState])
		})
		p.call(builder)
		return told{builder.Build(), by}
	case "Timeout":
		var limit recorder.Duration
		p.take("New", &limit)
		builder := timeout.NewBuilder[response](time.Duration(limit))
		p.call(builder)
		return builder.Build()
	case "HedgePolicy":
		var delay recorder.Duration
		p.take("NewWithDelay", &delay)
		builder := hedgepolicy.NewBuilderWithDelay[response](time.Duration(delay))
		p.call(builder)
		return builder.Build()
	case "Bulkhead":
		var most uint
		p.take("New", &most)
		builder := bulkhead.NewBuilder[response](most)
		p.call(builder)
		return builder.Build()
	case "Fallback":
		builder := fallback.NewBuilderWithFunc(func(failsafe.Execution[response]) (response, error) {
			return respond(203, nil), nil
		})
		p.call(builder)
		return builder.Build()
	}
	panic("no policy " + kind)
}

func respond(status int, retryAfter *int) response {
	header := http.Header{}
	if retryAfter != nil {
		header.Set("Retry-After", strconv.Itoa(*retryAfter))
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(""))}
}

type upstream struct{}

func (upstream) RoundTrip(request *http.Request) (*http.Response, error) {
	reply, err := request.Context().Value(callKey{}).(*recorder.Call).Attempt(request.Context())
	if err != nil {
		return nil, err
	}
	if reply.Status[0] == '"' {
		return nil, errRefused
	}
	return respond(recorder.Decode[int](reply.Status), reply.RetryAfter), nil
}

func client(policies json.RawMessage) recorder.Client {
	built := []failsafe.Policy[response]{}
	for _, p := range recorder.Decode[[]policy](policies) {
		built = append(built, build(p))
	}
	through := failsafehttp.NewRoundTripper(upstream{}, built...)
	return func(ctx context.Context, call *recorder.Call) any {
		request := recorder.Must(http.NewRequestWithContext(context.WithValue(ctx, callKey{}, call), "GET", "http://upstream/", nil))
		response, err := through.RoundTrip(request)
		if err != nil {
			return errorName(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
}

func TestMain(m *testing.M) { recorder.Main(m) }

func TestRecord(t *testing.T) {
	recorder.RecordCalls(t, "failsafe-go "+version, "failsafe-go", client)
}
