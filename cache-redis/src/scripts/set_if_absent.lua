-- KEYS: record, lease. ARGV: record, milliseconds or ''.
local done
if ARGV[2] == '' then
  done = redis.call('SET', KEYS[1], ARGV[1], 'NX')
else
  done = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
end
if not done then
  return 0
end
redis.call('UNLINK', KEYS[2])
return 1
