module tripcurve/tests/recorders/oxy

go 1.25.0

require (
	github.com/vulcand/oxy/v2 v2.2.0
	tripcurve/tests/recorders/go v0.0.0
)

require (
	github.com/HdrHistogram/hdrhistogram-go v1.2.0 // indirect
	github.com/gravitational/trace v1.5.1 // indirect
	github.com/vulcand/predicate v1.3.0 // indirect
	golang.org/x/net v0.54.0 // indirect
)

replace tripcurve/tests/recorders/go => ../go
