-- KEYS: record, lease, order, markers of the tags. ARGV: token, number, record, milliseconds or '', name, bytes kept of a
-- shortened name or '', tags.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
local since = redis.call('ZSCORE', KEYS[3], 'since')
if not since or tonumber(since) > tonumber(ARGV[2]) then
  return 0
end
local tags = {}
for at = 7, #ARGV do
  tags['#' .. ARGV[at]] = true
end
for _, mark in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[2], '+inf')) do
  if tags[mark] then
    return 0
  elseif string.sub(mark, 1, 1) == '=' then
    local start = string.sub(mark, 2)
    if ARGV[6] ~= '' then
      -- What stood behind the kept part is not known: it may have been what the removal asked for.
      start = string.sub(start, 1, tonumber(ARGV[6]))
    end
    if string.sub(ARGV[5], 1, #start) == start then
      return 0
    end
  end
end
-- Nothing that carries one of the tags was removed since that number.
for at = 4, #KEYS do
  mark_tag(KEYS[at], ARGV[2], ARGV[4])
end
if ARGV[4] == '' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return 1
