-- KEYS: claim. ARGV: holder. Whether others were refused meanwhile.
local claim = redis.call('HMGET', KEYS[1], 'holder', 'waited')
if claim[1] ~= ARGV[1] then
  return 0
end
redis.call('UNLINK', KEYS[1])
return claim[2] and 1 or 0
