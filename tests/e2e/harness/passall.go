package harness

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	extender "k8s.io/kube-scheduler/extender/v1"
)

// NewPassAll serves an extender that says yes to everything and binds: what the protocol alone costs.
func NewPassAll(client kubernetes.Interface) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /filter", func(w http.ResponseWriter, r *http.Request) {
		var args extender.ExtenderArgs
		answer(w, r, &args, func() any {
			return extender.ExtenderFilterResult{Nodes: args.Nodes, NodeNames: args.NodeNames}
		})
	})
	mux.HandleFunc("POST /prioritize", func(w http.ResponseWriter, r *http.Request) {
		var args extender.ExtenderArgs
		answer(w, r, &args, func() any {
			scores := extender.HostPriorityList{}
			if args.NodeNames != nil {
				for _, name := range *args.NodeNames {
					scores = append(scores, extender.HostPriority{Host: name})
				}
			}
			return scores
		})
	})
	mux.HandleFunc("POST /bind", func(w http.ResponseWriter, r *http.Request) {
		var args extender.ExtenderBindingArgs
		answer(w, r, &args, func() any {
			err := client.CoreV1().Pods(args.PodNamespace).Bind(r.Context(), &corev1.Binding{
				ObjectMeta: metav1.ObjectMeta{Name: args.PodName, UID: types.UID(args.PodUID)},
				Target:     corev1.ObjectReference{Kind: "Node", Name: args.Node},
			}, metav1.CreateOptions{})
			if err != nil {
				return extender.ExtenderBindingResult{Error: err.Error()}
			}
			return extender.ExtenderBindingResult{}
		})
	})
	return httptest.NewServer(mux)
}

func answer(w http.ResponseWriter, r *http.Request, args any, decide func() any) {
	if err := json.NewDecoder(r.Body).Decode(args); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(decide()) // A client that has gone needs no answer.
}
