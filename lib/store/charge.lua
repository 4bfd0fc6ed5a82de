-- SPDX-License-Identifier: ISC
-- charge.lua - charge some counters, all or none, or only look (charge.c).
--
-- KEYS: the counters, and, unless the verb is usage, the name of the charge.
-- ARGV: charge, force or usage; now; when it lapses (NEVER: for good); until
-- when the name is remembered; then of each counter its window, width of a
-- slice, limit (NEVER: none), amount. Returns charged, refused or repeat, and of
-- each counter what is used and when the amount fits (0: now).
-- with counter.lua

local verb, now = ARGV[1], tonumber(ARGV[2])
local lapse, remember = tonumber(ARGV[3]), tonumber(ARGV[4])
local count = (#ARGV - 4) / 4
local values = redis.call('MGET', unpack(KEYS))
local old = values[count + 1] and cmsgpack.unpack(values[count + 1])

-- What was released, or lapsed, or is long past, may be charged anew.
if old and (old[2] <= now or old[3] <= now or old[1] == 'released') then
	old = nil
end

-- What is forced may have happened long before what is there.
local ahead = verb == 'force' and NEVER or 0
local items, reply, is_over = {}, { '' }, false
for i = 1, count do
	local window, width = tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 2])
	local limit, amount = tonumber(ARGV[4 * i + 3]), tonumber(ARGV[4 * i + 4])
	local used, value, moved = look(values[i], now, window,
	    math.max(now + width, ahead))
	local fits = 0

	if old then
		fits = old[4][i] or 0
	elseif amount > 0 and limit < NEVER and used + amount > limit then
		is_over = true
		fits = amount > limit and -1 or
		    left_at(value, used + amount - limit, window)
	end
	items[i] = { value, moved, window, width, amount }
	reply[2 * i], reply[2 * i + 1] = math.min(used, NEVER), fits
end

local is_refused = is_over and verb ~= 'force'
reply[1] = old and 'repeat' or is_refused and 'refused' or 'charged'
if verb == 'usage' or old then
	return reply
end
if is_refused then
	-- A clock that was ahead must not block for longer than a window;
	-- and a window that was made longer keeps what is there.
	for i = 1, count do
		local value, moved, window, width = unpack(items[i], 1, 4)

		if value and moved then
			redis.call('SET', KEYS[i], value, 'PX', window + width)
		elseif value then
			redis.call('PEXPIRE', KEYS[i], window + width)
		end
	end
	return reply
end

local fits, rows = {}, {}
for i = 1, count do
	local value, _, window, width, amount = unpack(items[i], 1, 5)
	local ending = (math.floor(now / width) + 1) * width

	value = add(value, ending, lapse, amount)
	if value then
		redis.call('SET', KEYS[i], value, 'PX', window + width)
	end
	if lapse < NEVER then
		rows[i] = { KEYS[i], ending, ending + window, amount }
	end
	if is_over then
		fits[i] = reply[2 * i + 1]
	end
	reply[2 * i] = math.min(reply[2 * i] + amount, NEVER)
end
redis.call('SET', KEYS[count + 1],
    cmsgpack.pack({ 'charged', remember, lapse, fits, rows }),
    'PX', remember - now)
return reply
