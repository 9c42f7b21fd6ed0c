# The one decision: which stage a pod is due for. Every pod stage asks this program and compares the answer with its own
# name, so at most one stage ever matches (KWOK picks at random among several that do).
def tag: split("@")[0] | split("/")[-1] | split(":") | if length > 1 then .[1] else "latest" end;
def bytes:
  capture("^(?<n>[0-9.]+)(?<unit>[A-Za-z]*)$")
  | (.n | tonumber) * ({"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 1024, "Mi": 1048576, "Gi": 1073741824}[.unit] // 1);

. as $pod
| (.metadata.annotations // {}) as $notes
| [.spec.containers[].image | tag] as $tags
| any(.metadata.ownerReferences[]?; .kind == "Job") as $job
| ([.status.conditions[]? | select(.type == "Ready")][0]) as $ready
| ([.status.containerStatuses[]?.state.waiting.reason // empty]) as $waiting
| ($notes["kubernaut.dev/test-memory-needed"]) as $needed
| any(.status.conditions[]?; .type == "PodResizePending" and .status == "True") as $refused
| ([.status.containerStatuses[]? | select(.resources != null) | {(.name): .resources}] | add // {}) as $applied
| any(.spec.containers[]; $applied[.name] != null and $applied[.name] != (.resources // {})) as $resized
| (
    if any($tags[]; startswith("missing")) then "pull"
    elif any($tags[]; startswith("broken")) then "crash"
    elif $job and any($tags[]; startswith("failing")) then "fail"
    elif $notes["kubernaut.dev/test-oom"] == "true" then "oom"
    elif $needed != null and any(.spec.containers[]; .resources.limits.memory != null and ((.resources.limits.memory | bytes) < ($needed | bytes))) then "oom"
    elif $notes["kubernaut.dev/test-never-ready"] == "true" then "unready"
    elif any($tags[]; startswith("flapping")) then "flap"
    else "none" end
  ) as $fault
| if .metadata.deletionTimestamp != null then "delete"
  elif .status.phase == "Succeeded" or .status.phase == "Failed" then "finished"
  elif $fault == "pull" then (if $waiting == [] then "pull" else "idle" end)
  elif $fault == "unready" then (if $ready == null or $ready.status == "True" or $waiting != [] then "unready" else "idle" end)
  elif $fault == "flap" then (if $ready.status == "True" then "flap-down" else "ready" end)
  elif $fault == "fail" then (if .status.phase == "Running" then "fail" else "ready" end)
  elif $fault != "none" then $fault
  elif .status.podIP == null or ($ready.status == "False" and $ready.reason == "ContainersNotReady") then "ready"
  elif $job then "complete"
  elif $resized and ($refused and $notes["kubernaut.dev/test-resize"] == "infeasible" | not) then "resize"
  elif $refused and ($resized | not) then "resize"
  else "idle" end
