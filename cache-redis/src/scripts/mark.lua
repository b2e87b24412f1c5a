-- KEYS: order, markers of tags. ARGV: marks: `=` and what the names begin with that are removed, or `#` and a tag.
-- Every mark has a number of its own, and `since` is older than all of them: so `since` has the first rank.
next_number(KEYS[1])
for _, mark in ipairs(ARGV) do
  redis.call('ZADD', KEYS[1], next_number(KEYS[1]), mark)
end
local marks = redis.call('ZCARD', KEYS[1]) - 2
if marks > MARKS then
  local cut = redis.call('ZRANGE', KEYS[1], 1, marks - MARKS, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', KEYS[1], 1, marks - MARKS)
  redis.call('ZADD', KEYS[1], cut[#cut], 'since')
end
for at = 2, #KEYS do
  redis.call('UNLINK', KEYS[at])
end
return marks
