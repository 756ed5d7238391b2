// A service whose calls to its dependency go through gobreaker or failsafe-go, for `tripcurve probe`
// and `run --through`. /metrics has a gauge of its state: 0 closed, 1 half-open, 2 open.
//
//	go run . -breaker failsafe-go -listen 127.0.0.1:8081 -dependency http://127.0.0.1:9001/
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/sony/gobreaker/v2"
)

type settings struct {
	failures uint // consecutive ones, that open it
	timeout  time.Duration
	requests uint // trials
	inert    bool // it is never told of an error
}

// A breaker, and its state in gobreaker's numbers.
type guard struct {
	execute func(func() (int, error)) (int, error)
	state   func() int
}

func sonys(its settings) guard {
	breaker := gobreaker.NewCircuitBreaker[int](gobreaker.Settings{
		MaxRequests: uint32(its.requests),
		Timeout:     its.timeout,
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return counts.ConsecutiveFailures >= uint32(its.failures)
		},
		IsSuccessful: func(err error) bool { return err == nil || its.inert },
	})
	return guard{breaker.Execute, func() int { return int(breaker.State()) }}
}

func failsafes(its settings) guard {
	breaker := circuitbreaker.NewBuilder[int]().
		WithFailureThreshold(its.failures).
		WithDelay(its.timeout).
		WithSuccessThreshold(its.requests).
		HandleIf(func(_ int, err error) bool { return err != nil && !its.inert }).
		Build()
	states := map[circuitbreaker.State]int{
		circuitbreaker.ClosedState: 0, circuitbreaker.HalfOpenState: 1, circuitbreaker.OpenState: 2,
	}
	return guard{
		func(call func() (int, error)) (int, error) { return failsafe.With(breaker).Get(call) },
		func() int { return states[breaker.State()] },
	}
}

func main() {
	which := flag.String("breaker", "gobreaker", "or failsafe-go")
	listen := flag.String("listen", "127.0.0.1:8081", "where the service is called")
	dependency := flag.String("dependency", "http://127.0.0.1:9001/", "what it calls")
	failures := flag.Uint("failures", 4, "consecutive failures that open the breaker")
	timeout := flag.Duration("timeout", 2*time.Second, "how long it is open")
	requests := flag.Uint("requests", 3, "trials")
	wrong := flag.Bool("inert", false, "never tell the breaker of an error")
	fallback := flag.Bool("fallback", false, "answer 200 instead of an error")
	retries := flag.Int("retries", 1, "attempts for each call, through the breaker")
	flag.Parse()

	make := map[string]func(settings) guard{"gobreaker": sonys, "failsafe-go": failsafes}[*which]
	if make == nil {
		log.Fatalf("unknown breaker %q", *which)
	}
	breaker := make(settings{*failures, *timeout, *requests, *wrong})
	client := &http.Client{Timeout: 5 * time.Second}
	call := func(caller http.Header) (int, error) {
		return breaker.execute(func() (int, error) {
			request, err := http.NewRequest(http.MethodGet, *dependency, nil)
			if err != nil {
				return http.StatusInternalServerError, err
			}
			// Passes on who calls, as tracing libraries do.
			if traced := caller.Get("traceparent"); traced != "" {
				request.Header.Set("traceparent", traced)
			}
			answer, err := client.Do(request)
			if err != nil {
				return http.StatusBadGateway, err
			}
			defer answer.Body.Close()
			_, _ = io.Copy(io.Discard, answer.Body)
			if answer.StatusCode >= 500 {
				return answer.StatusCode, errors.New(answer.Status)
			}
			return answer.StatusCode, nil
		})
	}
	http.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "breaker_state{name=\"dependency\"} %d\n", breaker.state())
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var err error
		for attempt := 0; attempt < *retries; attempt++ {
			if attempt > 0 {
				time.Sleep(10 * time.Millisecond)
			}
			if _, err = call(r.Header); err == nil {
				break
			}
		}
		if err != nil && !*fallback {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
