-- KEYS: record. ARGV: record. Whatever else stands there by now stays.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('UNLINK', KEYS[1])
return 1
