-- KEYS: channel. ARGV: how many messages are kept, milliseconds they are kept, origin, changes.
-- Each message says which came before it, so that a listener sees where one is missing.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local before = last[1] and last[1][1] or ''
local told = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'before', before, 'origin', ARGV[3], 'changes', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return told
