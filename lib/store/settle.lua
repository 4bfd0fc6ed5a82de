-- SPDX-License-Identifier: ISC
-- settle.lua - confirm or release a charge, or reset a counter (settle.c).
--
-- KEYS: the name of the charge, or the counter. ARGV: confirm, release or
-- reset; now. Returns confirmed, released, reset, or unknown.
-- with counter.lua

local verb, now = ARGV[1], tonumber(ARGV[2])

if verb == 'reset' then
	redis.call('DEL', KEYS[1])
	return { 'reset' }
end

local text = redis.call('GET', KEYS[1])
local record = text and cmsgpack.unpack(text)

if not record or record[2] <= now then
	return { 'unknown' }
elseif record[1] == 'released' then
	return { 'released' }
elseif record[3] == NEVER then
	return { 'confirmed' }
end

for _, row in ipairs(record[5]) do
	local key, ending, gone, amount = unpack(row)
	local old = redis.call('GET', key)
	local value = old

	if value then
		value = take(value, ending, record[3], amount)
	end
	if verb == 'confirm' and gone > now then
		value = add(value, ending, NEVER, amount)
	end
	if not value and old then
		redis.call('DEL', key)
	elseif value and old then
		redis.call('SET', key, value, 'KEEPTTL')
	elseif value then
		redis.call('SET', key, value, 'PX', gone - now)
	end
end

-- Where it stood is of no use any more.
record[1] = verb == 'confirm' and 'charged' or 'released'
record[3], record[5] = NEVER, {}
redis.call('SET', KEYS[1], cmsgpack.pack(record), 'KEEPTTL')
return { verb == 'confirm' and 'confirmed' or 'released' }
