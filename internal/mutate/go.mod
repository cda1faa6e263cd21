module example.com/machineauth/internal/mutate

go 1.26.4
