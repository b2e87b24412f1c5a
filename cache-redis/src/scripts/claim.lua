-- KEYS: claim, lease. ARGV: token, holder, milliseconds. A claim counts while its token is the name's, and against equal ones:
-- who is to replace a record has the token 0.
local claim = redis.call('HMGET', KEYS[1], 'holder', 'token')
if claim[1] and claim[1] ~= ARGV[2] and (claim[2] == ARGV[1] or claim[2] == redis.call('GET', KEYS[2])) then
  redis.call('HSET', KEYS[1], 'waited', 1)
  return 0
end
redis.call('HSET', KEYS[1], 'holder', ARGV[2], 'token', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
