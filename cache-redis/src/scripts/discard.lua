-- KEYS: record. ARGV: what is stored there, with or without the line of its tags. Whatever else stands there by now stays.
local stored = redis.pcall('GET', KEYS[1])
if type(stored) ~= 'string' then
  return 0
end
if stored ~= ARGV[1] then
  local line = string.sub(stored, 1, 1) == '%' and string.find(stored, '\n', 1, true)
  if not line or string.sub(stored, line + 1) ~= ARGV[1] then
    return 0
  end
end
redis.call('UNLINK', KEYS[1])
return 1
