// Records oxy's cbreaker, which is Traefik's circuitBreaker, as it is: calls are requests that its handler
// holds until the script ends them.
package oxy

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vulcand/oxy/v2/cbreaker"

	recorder "tripcurve/tests/recorders/go"
)

// The version of oxy, told by the linker.
var version string

// The expression and the options of New, as Traefik names them.
type config struct {
	Expression       string             `json:"expression"`
	CheckPeriod      *recorder.Duration `json:"checkPeriod"`
	FallbackDuration *recorder.Duration `json:"fallbackDuration"`
	RecoveryDuration *recorder.Duration `json:"recoveryDuration"`
}

func (c config) options() (options []cbreaker.Option) {
	if c.CheckPeriod != nil {
		options = append(options, cbreaker.CheckPeriod(time.Duration(*c.CheckPeriod)))
	}
	if c.FallbackDuration != nil {
		options = append(options, cbreaker.FallbackDuration(time.Duration(*c.FallbackDuration)))
	}
	if c.RecoveryDuration != nil {
		options = append(options, cbreaker.RecoveryDuration(time.Duration(*c.RecoveryDuration)))
	}
	return options
}

// A request that has come through the breaker, and the status that ends it.
type call struct{ status chan int }

type upstream struct{ arrived chan call }

func (u upstream) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	arrived := call{make(chan int)}
	u.arrived <- arrived
	w.WriteHeader(<-arrived.status)
}

var (
	named  = regexp.MustCompile(`state=(\w+)`)
	states = map[string]string{"standby": "closed", "tripped": "open", "recovering": "half_open"}
)

func prepare(script recorder.Script) recorder.Breaker {
	given := recorder.Decode[config](script.Config)
	behind := upstream{make(chan call)}
	breaker := recorder.Must(cbreaker.New(behind, given.Expression, given.options()...))
	failure := http.StatusServiceUnavailable
	if script.Failure != "" {
		failure = recorder.Must(strconv.Atoi(script.Failure))
	}
	running := map[call]bool{}
	return recorder.Breaker{
		Start: func() (func(string), string) {
			answer := httptest.NewRecorder()
			answered := make(chan bool, 1)
			go func() {
				breaker.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
				answered <- true
			}()
			select {
			case <-answered:
				return nil, answer.Body.String()
			case admitted := <-behind.arrived:
				running[admitted] = true
				return func(outcome string) {
					delete(running, admitted)
					status := http.StatusOK
					if outcome == "failure" {
						status = failure
					}
					admitted.status <- status
					synctest.Wait()
				}, ""
			}
		},
		State: func() string { return states[named.FindStringSubmatch(breaker.String())[1]] },
		Close: func() {
			for left := range running {
				left.status <- http.StatusOK
			}
		},
	}
}

func TestMain(m *testing.M) { recorder.Main(m) }

func TestRecord(t *testing.T) { recorder.Record(t, "vulcand/oxy "+version, prepare) }
