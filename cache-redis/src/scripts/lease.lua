-- KEYS: order, then record and lease of each name. Gives each name's record, or else its token and the newest number.
local answers = {}
for at = 2, #KEYS, 2 do
  -- Of another type than a string: as if there were nothing, so that the next result replaces it.
  local record = redis.pcall('GET', KEYS[at])
  if type(record) == 'string' then
    answers[#answers + 1] = record
  else
    local token = redis.call('GET', KEYS[at + 1])
    local last = redis.call('ZSCORE', KEYS[1], 'last')
    if token and last then
      redis.call('PEXPIRE', KEYS[at + 1], LEASE)
      redis.call('PEXPIRE', KEYS[1], ORDER)
      answers[#answers + 1] = {token, last}
    else
      local number = next_number(KEYS[1])
      redis.call('SET', KEYS[at + 1], number, 'PX', LEASE)
      answers[#answers + 1] = {number, number}
    end
  end
end
return answers
