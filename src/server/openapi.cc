#include "openapi.h"

namespace berth::server {

std::string_view OpenApi() {
  // Written by hand; a test holds it against the routes.
  static constexpr std::string_view kDocument = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Berth",
    "version": "v1",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "description": "A scheduler extender for Kubernetes that places GPU pods. The verbs are on the scheduler port (127.0.0.1:7480 by default), everything else on the operations port (:7481). Within v1, fields are added, never renamed or removed."
  },
  "tags": [
    {"name": "scheduler", "description": "Scheduler port: called by kube-scheduler, extender/v1 wire types."},
    {"name": "health", "description": "Operations port: probes."},
    {"name": "pages", "description": "Operations port: text for people and Prometheus."},
    {"name": "cluster", "description": "Operations port: the cluster as Berth sees it."}
  ],
  "security": [{}, {"bearer": []}],
  "paths": {
    "/filter": {"post": {
      "operationId": "filter", "tags": ["scheduler"],
      "summary": "Which of the offered nodes can take the pod",
      "requestBody": {"$ref": "#/components/requestBodies/ExtenderArgs"},
      "responses": {
        "200": {"description": "ExtenderFilterResult; a complaint is in its field Error.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ExtenderFilterResult"}}}},
        "400": {"$ref": "#/components/responses/NotJson"}
      }
    }},
    "/prioritize": {"post": {
      "operationId": "prioritize", "tags": ["scheduler"],
      "summary": "A score for each offered node, 0 to 10 unless configured otherwise",
      "requestBody": {"$ref": "#/components/requestBodies/ExtenderArgs"},
      "responses": {
        "200": {"description": "HostPriorityList.", "content": {"application/json": {"schema": {"type": ["array", "null"], "items": {"type": "object", "properties": {"Host": {"type": "string"}, "Score": {"type": "integer"}}}}}}},
        "400": {"$ref": "#/components/responses/NotJson"}
      }
    }},
    "/preempt": {"post": {
      "operationId": "preempt", "tags": ["scheduler"],
      "summary": "Which of the nodes that kube-scheduler would preempt on can help",
      "requestBody": {"description": "ExtenderPreemptionArgs.", "required": true, "content": {"application/json": {"schema": {"type": "object"}}}},
      "responses": {
        "200": {"description": "ExtenderPreemptionResult, always in Meta form.", "content": {"application/json": {"schema": {"type": "object", "properties": {"NodeNameToMetaVictims": {"type": ["object", "null"]}}}}}},
        "400": {"$ref": "#/components/responses/NotJson"}
      }
    }},
    "/bind": {"post": {
      "operationId": "bind", "tags": ["scheduler"],
      "summary": "Binds the pod to the node, with its devices in the same write",
      "requestBody": {"description": "ExtenderBindingArgs.", "required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"PodName": {"type": "string"}, "PodNamespace": {"type": "string"}, "PodUID": {"type": "string"}, "Node": {"type": "string"}}}}}},
      "responses": {
        "200": {"description": "ExtenderBindingResult; an empty Error means bound.", "content": {"application/json": {"schema": {"type": "object", "properties": {"Error": {"type": "string"}}}}}},
        "400": {"$ref": "#/components/responses/NotJson"}
      }
    }},
    "/livez": {"get": {
      "operationId": "livez", "tags": ["health"],
      "summary": "The process turns",
      "responses": {"200": {"$ref": "#/components/responses/Text"}}
    }},
    "/readyz": {"get": {
      "operationId": "readyz", "tags": ["health"],
      "summary": "The cluster is known and kube-scheduler may call",
      "parameters": [{"name": "verbose", "in": "query", "allowEmptyValue": true, "schema": {"type": "string"}, "description": "List every check, also when ready."}],
      "responses": {
        "200": {"$ref": "#/components/responses/Text"},
        "503": {"description": "Not ready: a line for each check that waits, and what it waits for.", "content": {"text/plain": {"schema": {"type": "string"}}}}
      }
    }},
    "/metrics": {"get": {
      "operationId": "metrics", "tags": ["pages"],
      "summary": "Prometheus metrics; their number does not depend on the size of the cluster",
      "responses": {"200": {"$ref": "#/components/responses/Text"}}
    }},
    "/metrics/resources": {"get": {
      "operationId": "metricsResources", "tags": ["pages"],
      "summary": "Prometheus metrics of each node, five series at most",
      "responses": {"200": {"$ref": "#/components/responses/Text"}}
    }},
    "/statusz": {"get": {
      "operationId": "statusz", "tags": ["pages"],
      "summary": "Version, uptime, counts and cache ages, for people",
      "responses": {"200": {"$ref": "#/components/responses/Text"}}
    }},
    "/configz": {"get": {
      "operationId": "configz", "tags": ["pages"],
      "summary": "The configuration in effect",
      "responses": {"200": {"description": "BerthConfiguration.", "content": {"application/yaml": {"schema": {"type": "string"}}}}}
    }},
    "/openapi.json": {"get": {
      "operationId": "openapi", "tags": ["pages"],
      "summary": "This document",
      "responses": {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    }},
    "/api/v1/nodes": {"get": {
      "operationId": "listNodes", "tags": ["cluster"],
      "summary": "Nodes, their devices and who holds them, by name",
      "parameters": [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/continue"}],
      "responses": {
        "200": {"description": "A page of nodes.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NodeList"}}}},
        "400": {"$ref": "#/components/responses/Error"}
      }
    }},
    "/api/v1/models": {"get": {
      "operationId": "listModels", "tags": ["cluster"],
      "summary": "The model catalog, where weights and data are, and which pods serve what",
      "responses": {"200": {"description": "All models, and all datasets, by name.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ModelList"}}}}}
    }},
    "/api/v1/snapshot": {"get": {
      "operationId": "getSnapshot", "tags": ["cluster"],
      "summary": "Nodes and pods of one moment as Kubernetes objects, for the --cluster of berth plan, simulate and serve",
      "responses": {
        "200": {"description": "A v1 List of Node and Pod objects, with what a decision looks at: no labels but those that tell of devices, zones, racks and requirements, no taints but PreferNoSchedule, no node selectors, affinity, tolerations or times. Assumed pods are bound in it; records carry no MAC. Its annotation berth.dev/snapshot tells it from other lists.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KubernetesList"}}}},
        "503": {"$ref": "#/components/responses/Error"}
      }
    }},
    "/api/v1/pods": {"get": {
      "operationId": "listPods", "tags": ["cluster"],
      "summary": "Pods and their allocations, by namespace and name",
      "parameters": [{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/continue"}],
      "responses": {
        "200": {"description": "A page of pods.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PodList"}}}},
        "400": {"$ref": "#/components/responses/Error"}
      }
    }},
    "/api/v1/pods/{namespace}/{name}": {
      "parameters": [
        {"name": "namespace", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
      ],
      "get": {
        "operationId": "getPod", "tags": ["cluster"],
        "summary": "One pod and its allocation",
        "responses": {
          "200": {"description": "The pod.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pod"}}}},
          "404": {"$ref": "#/components/responses/Error"}
        }
      },
      "delete": {
        "operationId": "deletePod", "tags": ["cluster"],
        "summary": "Removes a pod from the embedded cluster; 405 where Berth serves a real one",
        "responses": {
          "200": {"description": "The pod is gone.", "content": {"application/json": {"schema": {"type": "object", "required": ["namespace", "name", "deleted"], "properties": {"namespace": {"type": "string"}, "name": {"type": "string"}, "deleted": {"const": true}}}}}},
          "404": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/api/v1/pods/{namespace}/{name}/explain": {
      "parameters": [
        {"name": "namespace", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
      ],
      "get": {
        "operationId": "explainPod", "tags": ["cluster"],
        "summary": "Why the pod docks where it does, or nowhere: as decided while that is kept, anew for a pod that waits",
        "parameters": [
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 5000, "default": 20}, "description": "Nodes of each kind, those that fit and those that do not."},
          {"name": "output", "in": "query", "schema": {"type": "string", "enum": ["json", "table"], "default": "json"}, "description": "table: text for people."}
        ],
        "responses": {
          "200": {"description": "The explanation.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Explanation"}}, "text/plain": {"schema": {"type": "string"}}}},
          "400": {"$ref": "#/components/responses/Error"},
          "404": {"$ref": "#/components/responses/Error"}
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "bearer": {"type": "http", "scheme": "bearer", "description": "Where operations.authentication is tokenReview, the operations port wants the token of an account that may get the path as a non-resource URL; probes are free. 401: no token, or an unknown one. 403: no leave. 503: it could not be found out."}
    },
    "parameters": {
      "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 5000, "default": 500}},
      "continue": {"name": "continue", "in": "query", "schema": {"type": "string"}, "description": "The token of the page before; opaque."}
    },
    "requestBodies": {
      "ExtenderArgs": {"description": "ExtenderArgs: the pod, and NodeNames (nodeCacheCapable: true) or Nodes.", "required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"Pod": {"type": "object"}, "Nodes": {"type": ["object", "null"]}, "NodeNames": {"type": ["array", "null"], "items": {"type": "string"}}}}}}}
    },
    "responses": {
      "Text": {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
      "NotJson": {"description": "The body is no JSON."},
      "Error": {"description": "What was wrong, and where.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    },
    "schemas": {
      "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["code", "message"], "properties": {
        "code": {"type": "string", "enum": ["invalid_argument", "not_found", "already_exists", "conflict", "permission_denied", "resource_exhausted", "unavailable", "unknown_outcome", "expired", "internal"]},
        "message": {"type": "string"}
      }}}},
      "ExtenderFilterResult": {"type": "object", "properties": {
        "Nodes": {"type": ["object", "null"]},
        "NodeNames": {"type": ["array", "null"], "items": {"type": "string"}},
        "FailedNodes": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "FailedAndUnresolvableNodes": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "Error": {"type": "string"}
      }},
      "KubernetesList": {"type": "object", "required": ["apiVersion", "kind", "items"], "properties": {
        "apiVersion": {"const": "v1"}, "kind": {"const": "List"},
        "items": {"type": "array", "items": {"type": "object", "required": ["apiVersion", "kind", "metadata"], "properties": {
          "apiVersion": {"const": "v1"}, "kind": {"type": "string", "enum": ["Node", "Pod"]},
          "metadata": {"type": "object"}, "spec": {"type": "object"}, "status": {"type": "object"}
        }}}
      }},
      "NodeList": {"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        "continue": {"type": "string", "description": "Present where more follow."}
      }},
      "Node": {"type": "object", "required": ["name", "mode", "ready", "unschedulable", "overcommittedDevices"], "properties": {
        "name": {"type": "string"},
        "mode": {"type": "string", "enum": ["shared", "whole", "gpushare", "hami", "none", "mixed", "invalid", "foreign"], "description": "whole: devices are counted, not named. mixed, invalid, foreign: offered to nobody, see problem."},
        "devices": {"type": "array", "items": {"$ref": "#/components/schemas/Device"}, "description": "Shared nodes."},
        "class": {"type": "string", "description": "Whole nodes: the resource, of the first class where there are several."},
        "product": {"type": "string"},
        "capacity": {"type": "integer"},
        "allocated": {"type": "integer"},
        "allocations": {"type": "array", "items": {"$ref": "#/components/schemas/Allocation"}},
        "memoryMiB": {"type": "integer", "description": "Whole nodes: of each device, where known."},
        "classes": {"type": "array", "items": {"$ref": "#/components/schemas/WholeClass"}, "description": "Whole nodes with several classes of devices: all of them."},
        "loadMeasured": {"type": "number", "minimum": 0, "maximum": 1, "description": "How much of the devices' load is measured; the rest is estimated."},
        "problem": {"type": "string"},
        "zone": {"type": "string"},
        "rack": {"type": "string", "description": "Of the zone; absent when the node has no such label."},
        "ready": {"type": "boolean"},
        "unschedulable": {"type": "boolean"},
        "overcommittedDevices": {"type": "integer", "description": "Promised beyond capacity. Must be 0."}
      }},
      "WholeClass": {"type": "object", "properties": {
        "class": {"type": "string"}, "product": {"type": "string"}, "capacity": {"type": "integer"}, "allocated": {"type": "integer"},
        "allocations": {"type": "array", "items": {"$ref": "#/components/schemas/Allocation"}}
      }},
      "Device": {"type": "object", "properties": {
        "id": {"type": "string", "description": "UUID where known, else the index."},
        "index": {"type": "integer"},
        "class": {"type": "string"},
        "product": {"type": "string"},
        "healthy": {"type": "boolean"},
        "memoryMiB": {"type": "integer"},
        "allocatedMemoryMiB": {"type": "integer"},
        "coresPercent": {"type": "integer"},
        "allocatedCoresPercent": {"type": "integer"},
        "load": {"type": "number", "minimum": 0, "description": "0 idle, 1 saturated; present where telemetry is collected."},
        "allocations": {"type": "array", "items": {"$ref": "#/components/schemas/Allocation"}}
      }},
      "Allocation": {"type": "object", "required": ["namespace", "name", "uid", "state"], "properties": {
        "namespace": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"},
        "memoryMiB": {"type": "integer", "description": "Of this device."},
        "coresPercent": {"type": "integer", "description": "Of this device."},
        "devices": {"type": "integer", "description": "Whole nodes: how many."},
        "state": {"type": "string", "enum": ["assumed", "bound"]},
        "doubtful": {"const": true, "description": "Nobody knows which devices the pod is on: it is charged on all where it could be."},
        "placedByOthers": {"const": true, "description": "It was bound without a record of Berth's."}
      }},
      "PodList": {"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Pod"}},
        "continue": {"type": "string", "description": "Present where more follow."}
      }},
      "Pod": {"type": "object", "required": ["namespace", "name", "uid", "state", "request"], "properties": {
        "namespace": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"},
        "state": {"type": "string", "enum": ["pending", "assumed", "bound"]},
        "doubtful": {"const": true}, "placedByOthers": {"const": true},
        "node": {"type": "string"},
        "request": {"type": "object", "description": "Empty for a pod that takes no devices.", "properties": {
          "memoryMiB": {"type": "integer", "description": "On each device."},
          "coresPercent": {"type": "integer", "description": "On each device."},
          "count": {"type": "integer"},
          "whole": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "Resource to count."}
        }},
        "model": {"type": "string", "description": "That the pod names."},
        "data": {"type": "array", "items": {"type": "string"}, "description": "Datasets that the pod names."},
        "variant": {"type": "string", "description": "Of its model, as chosen."},
        "devices": {"type": "array", "items": {"type": "string"}, "description": "Ids, where Berth chose them."}
      }},
      "Explanation": {"type": "object", "required": ["namespace", "name", "uid", "observed", "decided", "at", "node", "why", "fitting", "fittingTotal", "refused", "refusedTotal", "refusedByReason"], "properties": {
        "namespace": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"},
        "observed": {"type": "boolean", "description": "true: Berth only observes; the first of fitting is its choice, node where others put the pod."},
        "decided": {"type": "boolean", "description": "true: as it was decided at that time; false: computed now, the pod waits."},
        "at": {"type": "string", "format": "date-time"},
        "profile": {"type": "string"},
        "node": {"type": "string", "description": "Where it is bound, else the best node; empty: none fits."},
        "why": {"type": "string"},
        "fitting": {"type": "array", "description": "Best first.", "items": {"type": "object", "properties": {
          "name": {"type": "string"},
          "costSeconds": {"type": "number", "description": "What all terms together are worth in waiting."},
          "variant": {"type": "string"},
          "devices": {"type": "array", "items": {"type": "string"}},
          "contended": {"const": true, "description": "Fits only in room that other pods are about to take."},
          "terms": {"type": "array", "items": {"type": "object", "properties": {
            "scorer": {"type": "string", "enum": ["gpu-memory", "batch-load", "model-placement"]},
            "raw": {"type": "number"}, "unit": {"type": "string"},
            "points": {"type": "integer", "minimum": 0, "maximum": 100},
            "weightSeconds": {"type": "number"}, "costSeconds": {"type": "number"},
            "sentence": {"type": "string"}
          }}}
        }}},
        "fittingTotal": {"type": "integer"},
        "refused": {"type": "array", "description": "By name.", "items": {"type": "object", "properties": {
          "name": {"type": "string"}, "reason": {"type": "string"}, "text": {"type": "string"},
          "miss": {"type": "string", "description": "How near a miss it was."}
        }}},
        "refusedTotal": {"type": "integer"},
        "refusedByReason": {"type": "object", "additionalProperties": {"type": "integer"}}
      }},
      "ModelList": {"type": "object", "required": ["revision", "items", "datasets"], "properties": {
        "revision": {"type": "string", "description": "Of the catalog; empty: there is none."},
        "items": {"type": "array", "items": {"type": "object", "required": ["name", "pods"], "properties": {
          "name": {"type": "string"},
          "version": {"type": "string"},
          "engine": {"type": "string"},
          "unknown": {"const": true, "description": "Pods serve it, the catalog does not have it."},
          "variants": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "precision": {"type": "string"}, "source": {"type": "string"},
            "weightsBytes": {"type": "integer"}, "devices": {"type": "integer"},
            "memoryMiB": {"type": "integer", "description": "On each device."},
            "coresPercent": {"type": "integer"}, "quality": {"type": "number"}, "speed": {"type": "number"},
            "accelerators": {"type": "array", "items": {"type": "string"}},
            "nodes": {"type": "object", "description": "Tier to nodes that hold the weights, by the nearest tier.", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
          }}},
          "pods": {"type": "array", "items": {"type": "object", "properties": {
            "namespace": {"type": "string"}, "name": {"type": "string"}, "uid": {"type": "string"}, "node": {"type": "string"},
            "variant": {"type": "string"}, "version": {"type": "string"},
            "outdated": {"type": "boolean", "description": "The catalog has another version of the model by now, or no such variant."}
          }}}
        }}},
        "datasets": {"type": "array", "description": "What pods may read, by name.", "items": {"type": "object", "required": ["name", "source", "sizeBytes", "nodes"], "properties": {
          "name": {"type": "string"}, "source": {"type": "string"}, "sizeBytes": {"type": "integer"},
          "zones": {"type": "array", "items": {"type": "string"}},
          "nodes": {"type": "object", "description": "Tier to nodes that hold it, or a part of it, by the nearest tier.", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
        }}}
      }}
    }
  }
}
)json";
  return kDocument;
}

}  // namespace berth::server
