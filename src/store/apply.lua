-- Applies the events of one partition to one slice, if the slice stands where the caller believes.
-- KEYS: the slice's positions; then per channel its snapshot hash and its delta stream.
-- ARGV: 1 field of the partition, 2 base, 3 next, 4 stream length, 5 ttl in ms (0: none), 6 a code per event (3 bytes: what to do,
--   then the channel's number from 1, low byte first), 7 the events' offsets, 8 the ids that `changed` deltas stand on,
--   9 the command that publishes the notice to readers ('': none), 10 where to, 11 the notice,
--   then per event: name, delta, and for a set the envelope up to its sequence number.
-- Answer: 'A' ids | 'D' (done already) | 'C' current | 'S', 'P' or 'F', then event number, newline, ids, newline, error and its command.
-- A script is not rolled back: so the position is written first (where that fails, nothing happened), each entry before
-- its field, and an event that fails takes its own entry back. For the same reason every command goes through pcall: an error
-- that ended the script would leave the position beyond events that were never applied.
-- The notice comes last, once something was applied; it is a hint: whatever becomes of it changes no answer.
local pos, field, base, next = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local length, ttl, codes = ARGV[4], ARGV[5], ARGV[6]
local pcall, byte, char = redis.pcall, string.byte, string.char
local FIRST_ARGUMENT = 12

local function described(err, command) return err .. ' (' .. command .. ')' end

local current = pcall('HGET', pos, field)
if type(current) == 'table' then return 'F1\n\n' .. described(current.err, 'HGET') end
current = current or ''
if current == next then return 'D' end
if current ~= base then return 'C' .. current end

-- Whether other partitions write to the slice too: only then can a value have moved that a delta stands on.
local shared = false
if ARGV[8] ~= '' then
  local partitions = pcall('HLEN', pos)
  if type(partitions) == 'table' then return 'F1\n\n' .. described(partitions.err, 'HLEN') end
  shared = partitions > (base == '' and 0 or 1)
end

local moved = pcall('HSET', pos, field, next)
if type(moved) == 'table' then return 'F1\n\n' .. described(moved.err, 'HSET') end

local ids = {}

-- The envelope's last field: sequence_number = id.
local function sealed(head, id)
  return head .. '\18' .. char(#id) .. id
end

local expires_at
local function set_expiry(snap, strm)
  if ttl == '0' then
    pcall('PERSIST', snap)
    pcall('PERSIST', strm)
    return
  end
  if not expires_at then
    local time = pcall('TIME')
    if time.err then return end
    expires_at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ttl)
  end
  pcall('PEXPIREAT', snap, expires_at)
  pcall('PEXPIREAT', strm, expires_at)
end

-- Writes a set to the hash; a hash that it made has no expiry yet.
local function write(snap, strm, name, envelope)
  local wrote = pcall('HSET', snap, name, envelope)
  if wrote == 1 and pcall('HLEN', snap) == 1 then set_expiry(snap, strm) end
  return wrote
end

-- Sets that waited for a later event of the same object; the hash has taken a set in this call, so these can not fail.
local function write_waiting(before)
  local waiting, argument = {}, FIRST_ARGUMENT
  for k = 1, before - 1 do
    local code, low, high = byte(codes, 3 * k - 2, 3 * k)
    local number, name = low + 256 * high, ARGV[argument]
    waiting[number .. ' ' .. name] = code % 4 == 1 and { number, name, sealed(ARGV[argument + 2], ids[k]) } or nil
    argument = argument + 2 + code % 2
  end
  for _, set in pairs(waiting) do write(KEYS[2 * set[1]], KEYS[2 * set[1] + 1], set[2], set[3]) end
end

local function offset_of(k)
  for offset in string.gmatch(ARGV[7], '%S+') do
    if k == 1 then return offset end
    k = k - 1
  end
end

local function notify()
  if ARGV[9] ~= '' then pcall(ARGV[9], ARGV[10], ARGV[11]) end
end

-- Nothing of event k stays; the position is at its offset, or where it was if no event was applied.
local function stop(kind, k, err)
  write_waiting(k)
  local reached = string.match(next, '^(.*):') .. ':' .. offset_of(k)
  if k == 1 and base ~= '' then reached = base end
  local removed = k == 1 and base == '' and pcall('HDEL', pos, field)
  if removed ~= 1 then pcall('HSET', pos, field, reached) end
  if k > 1 then notify() end
  return kind .. k .. '\n' .. table.concat(ids, ' ', 1, k - 1) .. '\n' .. err
end

local function refused(k, err, command)
  return stop(string.sub(err, 1, 9) == 'WRONGTYPE' and 'P' or 'F', k, described(err, command))
end

local expected_id = string.gmatch(ARGV[8], '%S+')
local argument = FIRST_ARGUMENT
for k = 1, #codes / 3 do
  -- 1: a set (else a deletion), 2: write the hash now, 4: expects a value, 8: refresh the expiry.
  local code, low, high = byte(codes, 3 * k - 2, 3 * k)
  local at = 2 * (low + 256 * high)
  local snap, strm, name = KEYS[at], KEYS[at + 1], ARGV[argument]
  local refresh, expects, now, set = code >= 8, code % 8 >= 4, code % 4 >= 2, code % 2 == 1

  if not snap then return refused(k, 'ERR the channel has no keys in the call', 'XADD') end
  if expects and shared then
    local held = pcall('HGET', snap, name)
    if type(held) == 'table' then return refused(k, held.err, 'HGET') end
    local seal = sealed('', expected_id())
    if not held or string.sub(held, -#seal) ~= seal then return stop('S', k, '') end
  end

  local id = pcall('XADD', strm, 'MAXLEN', '~', length, '*', 'd', ARGV[argument + 1])
  if type(id) == 'table' then return refused(k, id.err, 'XADD') end
  ids[k] = id

  local wrote
  if not set then
    wrote = pcall('HDEL', snap, name)
    -- Where there was no hash, the deletion made the stream.
    if wrote == 0 and pcall('XLEN', strm) == 1 then set_expiry(snap, strm) end
  elseif now then
    wrote = write(snap, strm, name, sealed(ARGV[argument + 2], id))
  end
  if type(wrote) == 'table' then
    pcall('XDEL', strm, id)
    if pcall('XLEN', strm) == 0 then pcall('DEL', strm) end
    return refused(k, wrote.err, set and 'HSET' or 'HDEL')
  end

  if refresh then set_expiry(snap, strm) end
  argument = argument + (set and 3 or 2)
end
if ids[1] then notify() end
return 'A' .. table.concat(ids, ' ')
