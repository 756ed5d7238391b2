module tripcurve/tests/recorders/go

go 1.25
