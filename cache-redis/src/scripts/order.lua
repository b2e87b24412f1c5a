-- The order of changes of a namespace: a sorted set whose scores are numbers of that order. `last` is the newest
-- number; `since` is the number from which on nothing is forgotten; what begins with `=` is where a removal of many
-- names begins, what begins with `#` a tag that was removed. Numbers are at least the server's microseconds, so that none comes again after the data is lost.
local LEASE, ORDER, MARKS = 60000, 120000, 1000

local function next_number(order)
  local time = redis.call('TIME')
  local number = time[1] * 1000000 + time[2]
  local last = redis.call('ZSCORE', order, 'last')
  if last and tonumber(last) >= number then
    number = tonumber(last) + 1
  end
  local text = string.format('%.0f', number)
  redis.call('ZADD', order, text, 'last')
  if not last then
    redis.call('ZADD', order, text, 'since')
  end
  redis.call('PEXPIRE', order, ORDER)
  return text
end

-- A tag's marker: no record with the tag and that number, or a newer one, was removed. It outlives the records.
local function mark_tag(marker, number, millis)
  local known = redis.call('GET', marker)
  local left = known and redis.call('PTTL', marker) or 0
  if not known or tonumber(known) > tonumber(number) then
    known = number
  end
  if millis == '' or left == -1 then
    redis.call('SET', marker, known)
  else
    redis.call('SET', marker, known, 'PX', string.format('%.0f', math.max(left, tonumber(millis) + 1000)))
  end
end
