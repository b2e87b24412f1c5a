-- KEYS: record, lease, order, markers of the tags. ARGV: record, milliseconds or '', the tags as they stand in the line.
local number = next_number(KEYS[3])
for at = 4, #KEYS do
  mark_tag(KEYS[at], number, ARGV[2])
end
local stored = '%' .. number .. ARGV[3] .. '\n' .. ARGV[1]
if ARGV[2] == '' then
  redis.call('SET', KEYS[1], stored)
else
  redis.call('SET', KEYS[1], stored, 'PX', ARGV[2])
end
redis.call('UNLINK', KEYS[2])
return number
