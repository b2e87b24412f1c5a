-- KEYS: lease, order. A new token: results that were loaded under the old one are refused.
local number = next_number(KEYS[2])
redis.call('SET', KEYS[1], number, 'PX', LEASE)
return {number, number}
