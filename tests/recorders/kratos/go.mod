module tripcurve/tests/recorders/kratos

go 1.25

require (
	github.com/go-kratos/aegis v0.2.0
	tripcurve/tests/recorders/go v0.0.0
)

replace tripcurve/tests/recorders/go => ../go
