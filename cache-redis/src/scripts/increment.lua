-- KEYS: record, lease. ARGV: by, milliseconds or ''. Sums are given as text: Lua's numbers are no 64-bit integers.
local count = redis.pcall('GET', KEYS[1])
if count == false then
  if ARGV[2] == '' then
    redis.call('SET', KEYS[1], ARGV[1])
  else
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  end
else
  if type(count) ~= 'string' then
    return 'other'
  end
  local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
  if type(sum) == 'table' then
    local why = sum['err']
    if string.find(why, 'overflow') then
      return 'overflow'
    elseif string.find(why, 'not an integer') then
      return 'other'
    end
    return sum
  end
end
redis.call('UNLINK', KEYS[2])
return redis.call('GET', KEYS[1])
