module tripcurve/tests/recorders/failsafe-go

go 1.25

require (
	github.com/failsafe-go/failsafe-go v0.9.8
	tripcurve/tests/recorders/go v0.0.0
)

require (
	github.com/bits-and-blooms/bitset v1.24.4 // indirect
	github.com/influxdata/tdigest v0.0.1 // indirect
)

replace tripcurve/tests/recorders/go => ../go
