// Command fakecri serves Kubernetes' own fake container runtime on a Unix
// socket, so that a real kubelet runs where there is no container engine.
//
//	fakecri unix:///path/to/fake.sock
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	fake "k8s.io/cri-client/pkg/fake"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fakecri unix:///path/to/fake.sock")
		os.Exit(2)
	}
	runtime := fake.NewFakeRemoteRuntime()
	runtime.ImageService.SetFakeImageSize(1) // an image without a size is refused by the kubelet
	if err := runtime.Start(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "fakecri:", err)
		os.Exit(1)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	runtime.Stop()
}
