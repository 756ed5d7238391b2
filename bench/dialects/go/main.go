// What one call pays for its breaker in Go's libraries. Usage: ./bench CHOICE; prints lines
// "case threads ns", as bench_dialects does. See ../run.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/afex/hystrix-go/hystrix"
	resiliency "github.com/eapache/go-resiliency/breaker"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/sony/gobreaker/v2"
)

// A subject makes one call that ends with err; it reports whether the call went out.
type subject func(err error) bool

var subjects = map[string]func() subject{
	"gobreaker": func() subject { return gobreakers(gobreaker.Settings{}) },
	"gobreaker,Interval=10s,BucketPeriod=1s": func() subject {
		return gobreakers(gobreaker.Settings{Interval: 10 * time.Second, BucketPeriod: time.Second})
	},
	"failsafe-go,WithFailureThreshold=5": func() subject {
		return failsafes(circuitbreaker.NewBuilder[any]().WithFailureThreshold(5).Build())
	},
	"failsafe-go,WithFailureRateThreshold=0.5/20/10s": func() subject {
		return failsafes(
			circuitbreaker.NewBuilder[any]().WithFailureRateThreshold(0.5, 20, 10*time.Second).Build())
	},
	"go-resiliency": func() subject {
		breaker := resiliency.New(3, 1, 5*time.Second)
		return func(err error) bool {
			return breaker.Run(func() error { return err }) != resiliency.ErrBreakerOpen
		}
	},
	// Its only way in that counts: it hands each call to a goroutine.
	"hystrix-go": func() subject {
		log.SetOutput(io.Discard)
		return func(err error) bool {
			return hystrix.Do("call", func() error { return err }, nil) != hystrix.ErrCircuitOpen
		}
	},
}

func gobreakers(settings gobreaker.Settings) subject {
	breaker := gobreaker.NewCircuitBreaker[bool](settings)
	return func(err error) bool {
		_, err = breaker.Execute(func() (bool, error) { return true, err })
		return err != gobreaker.ErrOpenState
	}
}

func failsafes(breaker circuitbreaker.CircuitBreaker[any]) subject {
	return func(err error) bool {
		if !breaker.TryAcquirePermit() {
			return false
		}
		if err != nil {
			breaker.RecordError(err)
		} else {
			breaker.RecordSuccess()
		}
		return true
	}
}

func timeOf(threads, n int, call subject) time.Duration {
	start := time.Now()
	var running sync.WaitGroup
	for range threads {
		running.Go(func() {
			for range n {
				call(nil)
			}
		})
	}
	running.Wait()
	return time.Since(start)
}

func measure(what string, threads int, call subject) {
	n := 1
	for min(timeOf(threads, n, call), timeOf(threads, n, call)) < 20*time.Millisecond {
		n *= 2
	}
	all := make([]float64, 7)
	for i := range all {
		all[i] = float64(timeOf(threads, n, call).Nanoseconds()) / float64(n)
	}
	slices.Sort(all)
	fmt.Printf("%s %d %.2f\n", what, threads, all[len(all)/2])
}

func main() {
	makeSubject, known := subjects[os.Args[1]]
	if !known {
		log.Fatalf("no such choice here: %s", os.Args[1])
	}
	call := makeSubject()
	for _, threads := range []int{1, 2} {
		measure("call", threads, call)
	}
	failing := makeSubject()
	for start := time.Now(); time.Since(start) < 5*time.Second; {
		if !failing(errors.New("failure")) {
			measure("rejected", 1, failing)
			return
		}
	}
}
