-- Runs every command of the other scripts once, so that it changes nothing. Permissions are looked at before anything else.
-- KEYS: a key that is never there. Answer: a line per command that is refused: the command, a space, the error.
-- ARGV: 1 a command that publishes: it alone is tried then, with an empty message to where nobody listens. Answer: its error, or nothing.
local key = KEYS[1]
if ARGV[1] then
  local answer = redis.pcall(ARGV[1], key, '')
  return type(answer) == 'table' and answer.err or ''
end
local commands = {
  { 'HGET', key, '-' }, { 'HMGET', key, '-' }, { 'HLEN', key }, { 'XLEN', key }, { 'TIME' },
  { 'HDEL', key, '-' }, { 'XDEL', key, '1-1' }, { 'DEL', key }, { 'PERSIST', key }, { 'PEXPIREAT', key, '1' },
  -- Nothing is made where there is no stream; a field without its value is an error.
  { 'XADD', key, 'NOMKSTREAM', 'MAXLEN', '~', '1', '*', 'd', '-' }, { 'HSET', key, '-', '-', '-' },
}
local refused = {}
for _, command in ipairs(commands) do
  local answer = redis.pcall(unpack(command))
  local err = type(answer) == 'table' and answer.err
  if err and (string.find(err, 'NOPERM', 1, true) or string.find(err, "can't run this command", 1, true)
      or string.find(err, 'o permission', 1, true)) then
    refused[#refused + 1] = command[1] .. ' ' .. err
  end
end
return table.concat(refused, '\n')
