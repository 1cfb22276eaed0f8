-- Reads objects of one slice and renews the expiry of their channels, so that what is read stays for a whole ttl.
-- KEYS: per channel its snapshot hash and its delta stream. ARGV: 1 ttl in ms (0: none), then per channel: how many names, the names.
-- Answer: the values in that order. A hash of the wrong type holds no objects: writing to it says what is wrong.
local ttl = ARGV[1]
local expires_at
if ttl ~= '0' then
  local time = redis.call('TIME')
  expires_at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ttl)
end
-- Lua's stack holds about 8,000 values.
local AT_ONCE = 1000
local values, argument = {}, 2
for channel = 1, #KEYS, 2 do
  local last = argument + tonumber(ARGV[argument])
  for from = argument + 1, last, AT_ONCE do
    local to = math.min(from + AT_ONCE - 1, last)
    local held = redis.pcall('HMGET', KEYS[channel], unpack(ARGV, from, to))
    if held.err then
      if string.sub(held.err, 1, 9) ~= 'WRONGTYPE' then return redis.error_reply(held.err) end
      held = {}
    end
    for index = 1, to - from + 1 do values[#values + 1] = held[index] or false end
  end
  if expires_at then
    redis.call('PEXPIREAT', KEYS[channel], expires_at)
    redis.call('PEXPIREAT', KEYS[channel + 1], expires_at)
  end
  argument = last + 1
end
return values
