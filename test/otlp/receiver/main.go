// The OpenTelemetry Collector's own OTLP receiver, which writes the traces and logs that it takes to a file, as lines of
// OTLP JSON. It prints the address that it listens on, and ends when its standard input does.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: receiver HOST:PORT FILE"))
	}
	file, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	fail(err)
	var lock sync.Mutex
	write := func(line []byte, err error) error {
		if err != nil {
			return err
		}
		lock.Lock()
		defer lock.Unlock()
		_, err = file.Write(append(line, '\n'))
		return err
	}
	traces, err := consumer.NewTraces(func(_ context.Context, taken ptrace.Traces) error {
		return write((&ptrace.JSONMarshaler{}).MarshalTraces(taken))
	})
	fail(err)
	logs, err := consumer.NewLogs(func(_ context.Context, taken plog.Logs) error {
		return write((&plog.JSONMarshaler{}).MarshalLogs(taken))
	})
	fail(err)
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	http := config.Protocols.HTTP.GetOrInsertDefault()
	http.ServerConfig.NetAddr.Endpoint = os.Args[1]
	config.Protocols.GRPC = configoptional.None[configgrpc.ServerConfig]()
	settings := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	host := componenttest.NewNopHost()
	ofTraces, err := factory.CreateTraces(context.Background(), settings, config, traces)
	fail(err)
	ofLogs, err := factory.CreateLogs(context.Background(), settings, config, logs)
	fail(err)
	fail(ofTraces.Start(context.Background(), host))
	fail(ofLogs.Start(context.Background(), host))
	fmt.Println("listening on", os.Args[1])
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = ofTraces.Shutdown(context.Background())
	_ = ofLogs.Shutdown(context.Background())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
