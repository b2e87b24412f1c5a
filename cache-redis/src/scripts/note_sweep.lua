-- KEYS: sweeps. ARGV: id, what is removed, milliseconds after which whoever is at it has to have said so again.
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f ', time[1] * 1000 + math.floor(time[2] / 1000)) .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
