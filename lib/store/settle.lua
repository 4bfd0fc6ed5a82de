-- SPDX-License-Identifier: ISC
-- settle.lua - confirm or release a charge, or reset a counter (settle.c).
--
-- KEYS: the name of the charge, or the counter. ARGV: confirm, release or
-- reset; now. Returns confirmed, released, reset, or unknown.
-- with front.lua
-- with counter.lua

local verb, now = ARGV[1], tonumber(ARGV[2])

if verb == 'reset' then
	redis.call('DEL', KEYS[1])
	return { 'reset' }
end

local text = redis.call('GET', KEYS[1])
local is_released, remember, lapse

if text then
	is_released, remember, lapse = fields('<Bdd', text)
end
if not text or remember <= now then
	return { 'unknown' }
elseif is_released == 1 then
	return { 'released' }
elseif lapse == NEVER then
	return { 'confirmed' }
end

local fits, rows = record_parts(text)
for _, row in ipairs(rows) do
	local key, ending, gone, amount = unpack(row)
	local old = redis.call('GET', key)
	local value = old

	if value then
		value = take(value, ending, lapse, amount)
	end
	if verb == 'confirm' and gone > now then
		value = add(value, ending, NEVER, amount, not value and gone)
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
redis.call('SET', KEYS[1], record_text(verb == 'confirm' and 0 or 1, remember,
    NEVER, next(fits) and fits), 'KEEPTTL')
return { verb == 'confirm' and 'confirmed' or 'released' }
