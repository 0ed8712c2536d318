-- The health of a ModelServer, for Argo CD: the value of the key
-- resource.customizations.health.intel.com_ModelServer in the ConfigMap argocd-cm.
--
-- It looks at the same things in the same order as kstatus, by which Helm and Flux wait.

local function health(status, message)
  return { status = status, message = message }
end

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "It is being deleted")
end

local status = obj.status
if status == nil or status.conditions == nil then
  return health("Progressing", "The operator has not seen it yet")
end
if status.observedGeneration ~= nil and status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "The operator has not seen its newest spec yet")
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local function is_true(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

if is_true("Reconciling") then
  return health("Progressing", conditions.Reconciling.message)
end
if is_true("Stalled") then
  return health("Degraded", conditions.Stalled.message)
end
if is_true("Ready") then
  return health("Healthy", conditions.Ready.message)
end
if conditions.Ready ~= nil and conditions.Ready.reason == "Paused" then
  return health("Suspended", conditions.Ready.message)
end
return health("Progressing", conditions.Ready and conditions.Ready.message or "")
