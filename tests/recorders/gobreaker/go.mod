module tripcurve/tests/recorders/gobreaker

go 1.25

require (
	github.com/sony/gobreaker/v2 v2.4.0
	tripcurve/tests/recorders/go v0.0.0
)

replace tripcurve/tests/recorders/go => ../go
