-- KEYS: sweeps. ARGV: milliseconds after which one is given up. Gives the id of each of the others, and what is removed.
local time = redis.call('TIME')
local from = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
local sweeps = redis.call('HGETALL', KEYS[1])
local unswept = {}
for at = 1, #sweeps, 2 do
  local noted, what = string.match(sweeps[at + 1], '^(%d+) (.*)$')
  if noted and tonumber(noted) > from then
    unswept[#unswept + 1] = sweeps[at]
    unswept[#unswept + 1] = what
  end
end
return unswept
